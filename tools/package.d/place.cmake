# At installing: the units, one of which names the folders that are installed into, and its configuration,
# which is left alone once it is there. Set are package, made, bindir and sysconfdir.
set(confdir ${CMAKE_INSTALL_PREFIX}/${sysconfdir}/lwchat)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr") # as GNUInstallDirs has it
    set(confdir /${sysconfdir}/lwchat)
endif()
set(unitdir ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)

file(READ ${package}/lwchatd.service.in unit)
string(REPLACE "@BINDIR@" "${CMAKE_INSTALL_PREFIX}/${bindir}" unit "${unit}")
string(REPLACE "@CONFDIR@" "${confdir}" unit "${unit}")
string(MD5 name "${unit}") # for two prefixes at the same time
file(WRITE ${made}/${name}/lwchatd.service "${unit}")
file(INSTALL ${made}/${name}/lwchatd.service ${package}/lwchatd.socket DESTINATION ${unitdir})

if(NOT EXISTS $ENV{DESTDIR}${confdir}/lwchatd.conf)
    file(INSTALL ${package}/lwchatd.conf DESTINATION ${confdir})
endif()
