// What the user's own terminal is like, for tools that print tables.
#pragma once

namespace um::os {

bool is_terminal(int fd);
// Columns of the terminal behind the descriptor; 0 if it is none.
unsigned terminal_columns(int fd);

}  // namespace um::os
