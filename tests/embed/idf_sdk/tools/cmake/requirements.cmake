# Prints the Kconfig that the component in ${folder} names.
set(CMAKE_BUILD_EARLY_EXPANSION 1)

macro(idf_component_register)
    cmake_parse_arguments(_ "" "KCONFIG" "" ${ARGN})
    if(__KCONFIG)
        message(STATUS "${__KCONFIG}")
    endif()
    return()
endmacro()

set(COMPONENT_DIR ${folder})
include(${folder}/CMakeLists.txt)
