# cpack -G DEB in build/host: a package of the component "programs", and of "debian", which has what
# such a package has in a place or a form of its own.
set(LWCHAT_MAINTAINER "The lwchat authors <lwchat@localhost>" CACHE STRING "Who maintains the Debian package")
file(STRINGS src/lwchat_config.h version REGEX "#define LWCHAT_VERSION ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version "${version}")

set(doc share/doc/lwchat)
function(compressed_file from into)
    get_filename_component(name ${from} NAME)
    add_custom_command(OUTPUT ${made}/debian/${name}.gz
                       COMMAND sh -c "gzip -9n <\"$0\" >\"$1\"" ${from} ${made}/debian/${name}.gz
                       DEPENDS ${from} VERBATIM)
    set(made_files ${made_files} ${made}/debian/${name}.gz PARENT_SCOPE)
    install(FILES ${made}/debian/${name}.gz DESTINATION ${into} COMPONENT debian EXCLUDE_FROM_ALL)
endfunction()
file(MAKE_DIRECTORY ${made}/debian)
file(READ ${package}/deb/changelog.in changelog)
string(REPLACE "@VERSION@" "${version}" changelog "${changelog}")
string(REPLACE "@MAINTAINER@" "${LWCHAT_MAINTAINER}" changelog "${changelog}")
file(WRITE ${made}/debian/changelog "${changelog}")
compressed_file(${made}/debian/changelog ${doc})
compressed_file(${made}/lwchatd.8 share/man/man8)
compressed_file(${made}/lwchat.1 share/man/man1)
install(FILES ${package}/deb/copyright DESTINATION ${doc} COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${package}/deb/logrotate DESTINATION /etc/logrotate.d RENAME lwchat COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${made}/zsh/_lwchatd ${made}/zsh/_lwchat DESTINATION share/zsh/vendor-completions
        COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lwchat)
set(CPACK_PACKAGE_VERSION ${version})
set(CPACK_PACKAGE_CONTACT "${LWCHAT_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "chat server and client over lwIP")
set(CPACK_PACKAGE_DESCRIPTION
"lwchatd is a chat server with a TCP/IP stack of its own, lwIP. People join
it with a browser, an IRC client, nc, telnet, a program of ten lines, or its
client, lwchat. It needs no privilege, and runs on boards, too.
.
The service lets only this machine connect, until its configuration says
otherwise.")
set(CPACK_COMPONENTS_ALL programs debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_SET_DESTDIR ON) # so that the unit names the folders of the package
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${package}/deb/conffiles ${package}/deb/postinst ${package}/deb/prerm ${package}/deb/postrm)
include(CPack)
