// What a page or a picture needs of HTML: text that may hold anything, as the text of an element.
#pragma once

#include <string>
#include <string_view>

namespace tools {

inline std::string html_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

}  // namespace tools
