# The simulation without its main(): for the simulation and the fuzzer.
set(sim_sources check choice foreign oracle peer port safe seat sock speech witness world)
list(TRANSFORM sim_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM sim_sources APPEND .c)
