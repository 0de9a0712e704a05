// The machine that the options ask for. The only place above arch/ that knows arch/um.
#include <cstdlib>

#include "arch/um/machine.h"
#include "init/boot.h"

std::expected<arch::Machine*, std::string> boot_machine(const BootOptions& options) {
  um::Options o;
  if (options.cpu_pin == "none")
    o.cpu = um::Options::kCpuNone;
  else if (options.cpu_pin != "auto")
    o.cpu = std::atoi(options.cpu_pin.c_str());
  o.cpus = options.cpus;
  o.thp = options.thp == "always" ? um::Thp::always
          : options.thp == "never" ? um::Thp::never
          : options.thp == "host"  ? um::Thp::host
                                   : um::Thp::large;
  o.ahead = options.ahead == "always" ? um::Ahead::always
            : options.ahead == "off"  ? um::Ahead::off
                                      : um::Ahead::on;
  o.virtual_time = options.virtual_time;
  o.seed = options.seed;
  auto machine = um::make_machine(o);
  if (!machine) return std::unexpected(machine.error());
  return machine->release();  // never destroyed: tasks refer to it to the last
}
