# find_package(lwchat): see lwchat.cmake.
set(LWCHAT_INSTALLED ON)
include(${CMAKE_CURRENT_LIST_DIR}/../port/any/lwchat.cmake)
