// Memory that the host lets us execute, for translators. arch/um/os-Linux implements it.
#pragma once

#include <cstddef>
#include <span>

namespace arch {

// Zero-filled, readable, writable and executable; pages appear when touched. Empty where the host
// refuses that (a hardened one may).
std::span<std::byte> allocate_code_memory(size_t bytes);
void free_code_memory(std::span<std::byte> memory);

}  // namespace arch
