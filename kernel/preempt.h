// Preemption points: the places where, on a machine with two CPUs, another task could have run between
// two statements of the kernel. Ours; what history did with real CPUs is done here by choosing points
// to give up the CPU at, so that every interleaving can be repeated.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/params.h"

// With cpus=1 nothing happens. With cpus=2 the schedule decides: the ordinals of -k preempt=N,N,...,
// or dice thrown with the seed. Reports TraceEvent::preempt either way.
void preemption_point(std::string_view where);

// The dice of an interleaving.
void seed_preemption(uint64_t seed);
KernelParameter preempt_parameter();
// Points passed so far.
uint64_t preemption_points();
