# What is installed, on a PC. The components are "programs", with what belongs to them; "plain", which has what a
# package of Debian has in another form; and "sources", the server for other projects: see port/any/lwchat.cmake.
include(GNUInstallDirs)
set(package ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_CURRENT_BINARY_DIR}/package)

set(share ${CMAKE_INSTALL_DATADIR}/lwchat)
install(DIRECTORY src DESTINATION ${share} COMPONENT sources FILES_MATCHING PATTERN "*.[ch]" PATTERN "*.def"
        PATTERN app EXCLUDE PATTERN page EXCLUDE PATTERN "client*" EXCLUDE)
install(FILES ${page} LICENSE DESTINATION ${share} COMPONENT sources)
install(FILES port/any/port.c port/any/lwchat.cmake port/any/sources.cmake
        DESTINATION ${share}/port/any COMPONENT sources)
install(FILES port/lwip/guard.c port/lwip/guard.h port/lwip/incoming.c port/lwip/incoming.h
        DESTINATION ${share}/port/lwip COMPONENT sources)
install(FILES port/any/lwchat-config.cmake DESTINATION ${share}/cmake COMPONENT sources)

install(TARGETS lwchatd lwchat RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT plain)
install(CODE "set(package ${package})\nset(made ${made})
set(bindir ${CMAKE_INSTALL_BINDIR})\nset(sysconfdir ${CMAKE_INSTALL_SYSCONFDIR})" COMPONENT programs)
install(SCRIPT ${package}/place.cmake COMPONENT programs)

# The rest is made from the options' and the commands' tables, by a program that prints them.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    message(STATUS "Without CMAKE_CROSSCOMPILING_EMULATOR there are no manual pages and no completions")
    return()
endif()

set(facts_sources ${package}/facts.c ${PORT_APP_SOURCES})
add_executable(lwchat_facts ${facts_sources})
target_compile_options(lwchat_facts PRIVATE ${warnings})
target_link_libraries(lwchat_facts PRIVATE lwchat_core lwchat_port)

set(facts ${made}/facts)
file(MAKE_DIRECTORY ${made}/bash ${made}/zsh)
add_custom_command(OUTPUT ${facts} COMMAND lwchat_facts ${facts} DEPENDS lwchat_facts VERBATIM)

# Makes ${made}/FILE, which also depends on the files of `made_from`: make_file(FILE ARGUMENT...)
set(made_files)
macro(make_file file)
    add_custom_command(OUTPUT ${made}/${file} COMMAND ${package}/render ${facts} ${ARGN} ${made}/${file}
                       DEPENDS ${facts} ${package}/render ${made_from} VERBATIM)
    list(APPEND made_files ${made}/${file})
endmacro()

foreach(page_of lwchatd.8 lwchat.1)
    set(made_from ${package}/${page_of}.in)
    make_file(${page_of} manual ${made_from})
endforeach()
install(FILES ${made}/lwchatd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT plain)
install(FILES ${made}/lwchat.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT plain)
foreach(program lwchatd lwchat)
    set(made_from)
    make_file(bash/${program} bash ${program})
    make_file(zsh/_${program} zsh ${program})
    install(FILES ${made}/bash/${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            COMPONENT programs)
    install(FILES ${made}/zsh/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT plain)
endforeach()
find_program(DPKG dpkg-deb)
mark_as_advanced(DPKG)
if(DPKG)
    include(${package}/deb.cmake)
endif()
add_custom_target(package_files ALL DEPENDS ${made_files})
