// Running the matrix: each cell boots this executable again, once for every seed, as child processes,
// a few at a time. Ours alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/eras/table.h"

namespace tools::eras {

// One line that a cell printed, and with which seeds.
struct Outcome {
  std::string line;
  std::vector<unsigned> seeds;
};

struct Cell {
  const Row* row = nullptr;
  const Column* column = nullptr;
  const Expected* expected = nullptr;
  std::vector<Outcome> outcomes;
  // Lines that the table does not allow, and lines that it wants and nobody printed.
  std::vector<std::string> wrong() const, missing() const;
  bool as_expected() const { return wrong().empty() && missing().empty(); }
};

struct Plan {
  std::string slot190, program;  // paths
  std::vector<std::string> env;  // of the children
  std::vector<const Row*> rows;
  std::vector<const Column*> columns;
  unsigned seeds = 0;  // 0: as the table has it
  unsigned jobs = 2;
};

// The words that boot one cell; also what a person types to see it again.
std::vector<std::string> command_of(const Plan& plan, const Row& row, const Column& column,
                                    unsigned seed);

// Row by row, column by column. `finished` is told how many of how many boots are done.
Parsed<std::vector<Cell>> run_matrix(const Plan& plan,
                                     const std::function<void(size_t, size_t)>& finished);

}  // namespace tools::eras
