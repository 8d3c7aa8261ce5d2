# The files of lwIP that all ports use. LWIP_DIR is the tree; each port adds its
# own sys_arch.c.
set(LWIP_SOURCES
    ${LWIP_DIR}/src/api/api_lib.c
    ${LWIP_DIR}/src/api/api_msg.c
    ${LWIP_DIR}/src/api/err.c
    ${LWIP_DIR}/src/api/netbuf.c
    ${LWIP_DIR}/src/api/sockets.c
    ${LWIP_DIR}/src/api/tcpip.c
    ${LWIP_DIR}/src/apps/mdns/mdns.c
    ${LWIP_DIR}/src/apps/mdns/mdns_domain.c
    ${LWIP_DIR}/src/apps/mdns/mdns_out.c
    ${LWIP_DIR}/src/core/def.c
    ${LWIP_DIR}/src/core/dns.c
    ${LWIP_DIR}/src/core/inet_chksum.c
    ${LWIP_DIR}/src/core/init.c
    ${LWIP_DIR}/src/core/ip.c
    ${LWIP_DIR}/src/core/ipv4/dhcp.c
    ${LWIP_DIR}/src/core/ipv4/etharp.c
    ${LWIP_DIR}/src/core/ipv4/icmp.c
    ${LWIP_DIR}/src/core/ipv4/igmp.c
    ${LWIP_DIR}/src/core/ipv4/ip4.c
    ${LWIP_DIR}/src/core/ipv4/ip4_addr.c
    ${LWIP_DIR}/src/core/ipv6/ethip6.c
    ${LWIP_DIR}/src/core/ipv6/icmp6.c
    ${LWIP_DIR}/src/core/ipv6/ip6.c
    ${LWIP_DIR}/src/core/ipv6/ip6_addr.c
    ${LWIP_DIR}/src/core/ipv6/mld6.c
    ${LWIP_DIR}/src/core/ipv6/nd6.c
    ${LWIP_DIR}/src/core/mem.c
    ${LWIP_DIR}/src/core/memp.c
    ${LWIP_DIR}/src/core/netif.c
    ${LWIP_DIR}/src/core/pbuf.c
    ${LWIP_DIR}/src/core/stats.c
    ${LWIP_DIR}/src/core/tcp.c
    ${LWIP_DIR}/src/core/tcp_in.c
    ${LWIP_DIR}/src/core/tcp_out.c
    ${LWIP_DIR}/src/core/timeouts.c
    ${LWIP_DIR}/src/core/udp.c
    ${LWIP_DIR}/src/netif/ethernet.c
    ${LWIP_DIR}/src/netif/ppp/polarssl/md5.c
    ${LWIP_DIR}/contrib/addons/tcp_isn/tcp_isn.c
    ${CMAKE_CURRENT_LIST_DIR}/acd.c)

# Our folder must come first: its lwip/acd.h replaces lwIP's.
set(LWIP_INCLUDES ${CMAKE_CURRENT_LIST_DIR}/include ${LWIP_DIR}/src/include ${LWIP_DIR}/contrib/addons/tcp_isn)

# The hook for initial sequence numbers needs MD5, which lwIP has only as part of PPP: without these
# definitions the file compiles to nothing.
set_source_files_properties(${LWIP_DIR}/src/netif/ppp/polarssl/md5.c
    PROPERTIES COMPILE_DEFINITIONS "PPP_SUPPORT=1;LWIP_INCLUDED_POLARSSL_MD5=1")

# A tree that is used unmodified has room for 127 neighbours of IPv6 at most: see nd6-indices.patch.
set(LWIP_DEFINITIONS "")
file(STRINGS ${LWIP_DIR}/src/core/ipv6/nd6.c narrow REGEX "LWIP_ND6_NUM_NEIGHBORS > 127")
if(narrow)
    set(LWIP_DEFINITIONS LWCHAT_ND6_NARROW=1)
endif()
