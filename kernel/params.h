// Kernel parameters, the NAME=VALUE words of `-k`. Linux: kernel/params.c and its __setup() calls. Ours:
// every parameter lists its values, so that a wrong one is answered with what there is, and
// `slot190 profiles` prints them all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct KernelParameter {
  struct Value {
    std::string_view name, summary;
  };
  std::string_view name;
  std::string_view summary;
  std::vector<Value> values;     // empty: free text
  std::string_view form;         // of free text: "NUMBER,NUMBER,..."
  // Takes effect at once. Empty on success, else what is wrong with the value, for the user.
  std::function<std::string(const std::string& value)> set;
};

// Rooms add theirs before the parameters are parsed; a name can be added once.
void register_parameters(std::vector<KernelParameter> list);
std::span<const KernelParameter> kernel_parameters();

// Applies them: `profile` first, because single mechanisms override it in whatever order they were
// given. Empty on success, else one sentence for the user that lists what there is.
std::string parse_parameters(const std::map<std::string, std::string>& given);

// A parameter whose values are those of `choices` (name, summary, and what `take` is given).
template <class T>
struct Choice {
  std::string_view name, summary;
  T value;
};
template <class T, class Take>
KernelParameter choice_parameter(std::string_view name, std::string_view summary, std::vector<Choice<T>> choices,
                                 Take take) {
  KernelParameter p{name, summary, {}, {}, {}};
  for (const Choice<T>& c : choices) p.values.push_back({c.name, c.summary});
  p.set = [choices = std::move(choices), take](const std::string& value) -> std::string {
    for (const Choice<T>& c : choices)
      if (c.name == value) {
        take(c.value);
        return {};
      }
    return "no such value";  // parse_parameters has looked at the names before
  };
  return p;
}
