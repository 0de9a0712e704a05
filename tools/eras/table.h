// The expected table (tests/eras/table.md): what each row of the observable differences prints under
// each kernel of history. The file is for people; this reads it. Ours alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/commands.h"

namespace tools::eras {

struct Column {
  std::string name;                     // "1999 SMP"
  std::vector<std::string> parameters;  // NAME=VALUE, as -k takes them
  unsigned seeds = 1;
  std::string profile() const;  // of the parameters
};

// The lines that a cell allows, and those of them that some seed must show.
struct Expected {
  std::vector<std::string> lines, must;
  bool allows(const std::string& line) const;
};

struct Row {
  std::string id, what;                   // "B6", "failed exec releases P"
  std::map<std::string, Expected> cells;  // by column
  std::vector<std::string> boot;          // options of its own, such as --mem=64M
  bool init = false;                      // it wants to be pid 1
};

struct Table {
  std::vector<Column> columns;  // without the host's
  std::vector<Row> rows;
};

// Reads the file; the complaint names the line.
Parsed<Table> read_table(const std::string& path);

}  // namespace tools::eras
