#error "the example is C: it needs no C++ library"
