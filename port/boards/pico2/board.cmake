# Raspberry Pi Pico 2 (RP2350) with a W5500.
set(PORT_CPU cortex-m33)
set(PICO_PLATFORM rp2350-arm-s)
set(PICO_BOARD pico2 CACHE STRING "The SDK's name of the board")
set(RP2_UF2_FAMILY rp2350-arm-s)
set(RP2_LIBRARIES)
# The GPIOs that the W5500 and the LED are on; these are the W5500-EVB-Pico2's. SPI1 has other pins.
set(RP2_DEFINITIONS
    W5500_SPI=spi0 W5500_MISO=16 W5500_CS=17 W5500_SCK=18 W5500_MOSI=19 W5500_RST=20 W5500_INT=21
    RP2_LED=25)
include(${CMAKE_CURRENT_LIST_DIR}/../../rp2/rp2.cmake)
