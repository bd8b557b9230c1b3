#include "registry/registry.hpp"

#include <algorithm>
#include <stdexcept>

#include <arpa/inet.h>

namespace rolecall::registry {

namespace {

template <class Named>
const Named* find_named(const std::vector<Named>& list, std::string_view name) noexcept {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Named& entry) { return entry.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(tier value) noexcept {
  switch (value) {
    case tier::hot:
      return "hot";
    case tier::warm:
      return "warm";
    case tier::draft:
      return "draft";
  }
  return "";
}

std::string to_string(const tcp_endpoint& where) {
  const bool v6 = where.address.find(':') != std::string::npos;
  return (v6 ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

bool is_loopback(const tcp_endpoint& where) {
  in_addr v4{};
  if (inet_pton(AF_INET, where.address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, where.address.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return false;
}

const role* model_registry::find_role(std::string_view name) const noexcept {
  return find_named(roles, name);
}

const model* model_registry::find_model(std::string_view name) const noexcept {
  return find_named(models, name);
}

const role& model_registry::serving_role(const role& r) const {
  if (!r.shares) return r;
  const role* target = find_role(*r.shares);
  if (!target) {
    throw std::out_of_range("cannot find the role that " + r.name + " shares: " + *r.shares);
  }
  return *target;
}

const model* model_registry::draft_model(const role& r) const noexcept {
  if (!r.speculative || !r.speculative->draft) return nullptr;
  const role* draft = find_role(*r.speculative->draft);
  return draft ? find_model(draft->model) : nullptr;
}

std::vector<instance> model_registry::instances(const role& r) {
  std::vector<instance> list;
  if (r.tier == tier::draft || r.shares) return list;
  list.reserve(r.ports.size());
  for (std::size_t i = 0; i < r.ports.size(); ++i) {
    const std::string name = r.ports.size() == 1 ? r.name : r.name + "-" + std::to_string(i + 1);
    list.push_back({name, r.name, r.ports[i]});
  }
  return list;
}

std::vector<instance> model_registry::instances() const {
  std::vector<instance> list;
  for (const role& r : roles) {
    const auto of_role = instances(r);
    list.insert(list.end(), of_role.begin(), of_role.end());
  }
  return list;
}

position model_registry::place(std::string_view path) const noexcept {
  for (;;) {
    if (const auto found = places.find(path); found != places.end()) return found->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) return {};
    path = path.substr(0, dot);
  }
}

}  // namespace rolecall::registry
