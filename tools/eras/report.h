// Showing the matrix: a table for people, JSON for programs. Ours alone.
#pragma once

#include <string>
#include <vector>

#include "tools/eras/matrix.h"

namespace tools::eras {

// One block a row of the table; cells that disagree are marked, and listed below with what was
// expected and the command that shows them again. `colour`: for a terminal.
std::string text_report(const Plan& plan, const std::vector<Cell>& cells, unsigned width,
                        bool colour);
std::string json_report(const Plan& plan, const std::vector<Cell>& cells, unsigned bits);

}  // namespace tools::eras
