list(APPEND PORT_SOURCES port/bare/os.c)
list(APPEND PORT_LINK_OPTIONS -Wl,--defsym=os_one_stack=1)

# Optimised with lwIP, but our own: with warnings.
set(PORT_LWIP_SOURCES ${CMAKE_CURRENT_LIST_DIR}/sys_arch.c)
set_source_files_properties(${PORT_LWIP_SOURCES} PROPERTIES COMPILE_OPTIONS "-flto;${warnings}")
