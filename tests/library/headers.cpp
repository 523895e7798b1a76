// Only has to compile: both public headers in one C++ program, also as C++17.
#include <lama/lama.h>

#include <lama/lama.hpp>

static_assert(static_cast<int>(lama::Layout::bgrx) == LAMA_BGRX);
static_assert(static_cast<int>(lama::Sample::f32) == LAMA_F32);
static_assert(static_cast<int>(lama::Options::Strategy::resize) == LAMA_STRATEGY_RESIZE);
