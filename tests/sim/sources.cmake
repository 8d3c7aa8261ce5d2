# The simulation without its main(): for the simulation and the fuzzer.
set(sim_sources check choice foreign oracle peer port safe seat sock speech world)
list(TRANSFORM sim_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM sim_sources APPEND .c)
# The oracle sees every record: it wraps these functions of the core.
set(sim_wraps -Wl,--wrap=append_record,--wrap=room_history,--wrap=append_moved_back,--wrap=room_leave,--wrap=gate_enter)
