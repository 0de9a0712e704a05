# The face for kernel people: three commands, each of which does everything from a fresh clone on
# Debian 12. The work is done by CMake (CMakePresets.json).
#   make run     install what is missing, build, and give you a shell under the slot190 kernel
#   make test    install what is missing, build, and run all tests
#   make bench   install what is missing, build, and measure beside native
JOBS ?= $(shell nproc)
PRESET ?= release
BUILD = build/$(PRESET)

.PHONY: all run test bench packages clean install
all: build

build: packages
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --parallel $(JOBS)
.PHONY: build

packages:
	@scripts/install-packages

run: packages
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target slot190
	@scripts/tour $(BUILD)/slot190

test: build
	@ctest --preset $(PRESET) --parallel $(JOBS)

bench: packages
	@cmake --preset $(PRESET) --log-level=WARNING -DSLOT190_BENCH=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS)
	@cmake --build --preset $(PRESET) --target run_bench

install: build
	@cmake --install $(BUILD)

clean:
	rm -rf build
