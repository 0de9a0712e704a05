// See params.h. Linux: kernel/params.c.
#include "kernel/params.h"

#include <algorithm>

namespace {

std::vector<KernelParameter>& registered() {
  static std::vector<KernelParameter> list;
  return list;
}

template <class Range>
std::string names(const Range& range) {
  std::string list;
  for (const auto& x : range) list.append(list.empty() ? "" : ", ").append(x.name);
  return list;
}

std::string set_one(const std::string& name, const std::string& value) {
  const auto& all = registered();
  const auto p = std::ranges::find(all, name, &KernelParameter::name);
  if (p == all.end()) return "there is no kernel parameter '" + name + "'; there are: " + names(all);
  if (!p->values.empty() && std::ranges::find(p->values, value, &KernelParameter::Value::name) == p->values.end())
    return "there is no " + name + " '" + value + "'; there are: " + names(p->values);
  const std::string trouble = p->set(value);
  return trouble.empty() ? "" : name + "=" + value + ": " + trouble;
}

}  // namespace

void register_parameters(std::vector<KernelParameter> list) {
  for (KernelParameter& p : list)
    if (std::ranges::find(registered(), p.name, &KernelParameter::name) == registered().end())
      registered().push_back(std::move(p));
}

std::span<const KernelParameter> kernel_parameters() { return registered(); }

std::string parse_parameters(const std::map<std::string, std::string>& given) {
  if (const auto p = given.find("profile"); p != given.end())
    if (std::string trouble = set_one(p->first, p->second); !trouble.empty()) return trouble;
  for (const auto& [name, value] : given) {
    if (name == "profile") continue;
    if (std::string trouble = set_one(name, value); !trouble.empty()) return trouble;
  }
  return {};
}
