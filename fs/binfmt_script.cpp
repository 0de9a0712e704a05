// "#!" scripts. Linux: fs/binfmt_script.c. The interpreter's path and at most one argument come from
// the first line, of which the first 255 bytes count.
#include <algorithm>
#include <string_view>

#include "fs/binfmts.h"

Result<void> load_script(linux_binprm& bprm) {
  constexpr size_t kBinprmBufSize = 256;
  const std::string_view text(reinterpret_cast<const char*>(bprm.buf.data()), std::min(bprm.buf_len, kBinprmBufSize));
  constexpr std::string_view kBlank = " \t";
  const size_t eol = text.find('\n');
  std::string_view line = text.substr(2, eol == std::string_view::npos ? eol : eol - 2);
  line = line.substr(0, line.find('\0'));
  const size_t start = line.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return Err(ENOEXEC);
  line.remove_prefix(start);
  // A path cut off by the buffer's end could name another program: refuse it.
  if (eol == std::string_view::npos && text.size() == kBinprmBufSize &&
      line.find_first_of(kBlank) == std::string_view::npos)
    return Err(ENOEXEC);
  const size_t end = line.find_first_of(kBlank);
  const std::string interpreter(line.substr(0, end));
  std::string argument;
  if (end != std::string_view::npos) {
    std::string_view rest = line.substr(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
    const size_t last = rest.find_last_not_of(kBlank);
    if (last != std::string_view::npos) argument = rest.substr(0, last + 1);
  }
  std::vector<std::string> argv{interpreter};
  if (!argument.empty()) argv.push_back(argument);
  argv.push_back(bprm.filename);
  if (!bprm.argv.empty()) argv.insert(argv.end(), bprm.argv.begin() + 1, bprm.argv.end());
  bprm.argv = std::move(argv);
  bprm.interp = interpreter;
  bprm.file = TRY(open_exec(AT_FDCWD, interpreter, 0));
  return {};
}
