# The common part of the boards with an RP2040 or RP2350, which is also their processor: they stand on Raspberry Pi's SDK.
# A board's board.cmake sets PORT_CPU, PICO_PLATFORM, RP2_UF2_FAMILY, RP2_LIBRARIES and RP2_DEFINITIONS, and includes this.
set(PORT_PROCESSOR rp2)
include(${CMAKE_CURRENT_LIST_DIR}/../mcu/mcu.cmake)
list(APPEND PORT_SOURCES
    port/boards/${BOARD}/chip.c
    port/rp2/board.c
    port/rp2/fault.c
    port/rp2/start.c
    port/rp2/uart.c
    port/rp2/usb.c
    port/rp2/w5500.c)
list(PREPEND PORT_COMPILE_OPTIONS -mcpu=${PORT_CPU})
list(PREPEND PORT_LINK_OPTIONS -mcpu=${PORT_CPU})
list(APPEND PORT_LINK_OPTIONS ${CMAKE_CURRENT_LIST_DIR}/symbols.ld --specs=nosys.specs)
set_source_files_properties(port/rp2/w5500.c PROPERTIES COMPILE_OPTIONS -O2) # as mcu.cmake has it

add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/sdk)
set(PORT_LIBRARIES rp2_headers)
set(PORT_OBJECTS $<TARGET_OBJECTS:rp2_sdk>)

# Makes the file that the board's boot loader takes.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(port_finish program)
    add_custom_command(TARGET ${program} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} -Obinary $<TARGET_FILE:${program}> ${program}.bin
        COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/uf2 ${RP2_UF2_FAMILY} ${program}.bin ${program}.uf2
        VERBATIM)
endfunction()
