// The kernel of the unit tests as a laboratory: tasks, files in memory and address spaces without a
// machine, for benchmarks of what happens above it.
#pragma once

#include <benchmark/benchmark.h>

#include "tests/unit/blocking_fixture.h"

namespace bench {

class Lab : public test::BlockingTest {
 public:
  Lab() { SetUp(); }
  ~Lab() override { TearDown(); }
  void TestBody() override {}

  using BlockingTest::kUser;
  using BlockingTest::run;
  using BlockingTest::spawn;
  using BlockingTest::write_file;
  task_struct& self() { return *self_; }
};

}  // namespace bench
