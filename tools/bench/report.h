// Results as text, Markdown, CSV, SVG and HTML.
#pragma once

#include <string>

#include "tools/bench/results.h"

namespace tools::bench {

std::string text_report(const Results& r);
std::string markdown_report(const Results& r);
std::string csv_report(const Results& r);
// Charts of the suite: self-contained, readable on light and dark grounds.
std::string svg_charts(const Results& r, std::string_view suite);
std::string html_report(const Results& r);

}  // namespace tools::bench
