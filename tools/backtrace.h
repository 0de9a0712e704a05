// A register dump and a symbolised backtrace of a guest program that dies of a fatal signal.
#pragma once

namespace tools {

// Hooks it into signal delivery (kernel/signal.h); call before start_kernel.
void install_backtrace();

}  // namespace tools
