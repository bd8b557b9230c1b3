#include "orchestrator/residency/action.hpp"

namespace rolecall::residency {

namespace {

std::string about(const char* verb, instance_id instance) {
  return std::string{verb} + " instance " + std::to_string(instance);
}

std::string text(const start& a) { return about("start", a.instance); }
std::string text(const evict& a) {
  return about("evict", a.instance) + " (" + to_string(a.reason) + ") " + a.detail;
}
std::string text(const stop& a) {
  return about("stop", a.instance) + " (" + to_string(a.reason) + ")";
}
std::string text(const close_gate& a) { return about("close gate of", a.instance); }
std::string text(const open_gate& a) { return about("open gate of", a.instance); }
std::string text(const watch_idle& a) { return about("watch", a.instance); }
std::string text(const grant& a) {
  return about(("grant waiter " + std::to_string(a.waiter)).c_str(), a.instance);
}
std::string text(const refuse& a) {
  return "refuse waiter " + std::to_string(a.waiter) + ": " + a.why.message;
}

}  // namespace

const char* to_string(stop_reason reason) noexcept {
  switch (reason) {
    case stop_reason::evicted:
      return "evicted";
    case stop_reason::idle:
      return "idle";
    case stop_reason::pressure:
      return "pressure";
    case stop_reason::operator_request:
      return "operator";
    case stop_reason::reload:
      return "reload";
    case stop_reason::shutdown:
      return "shutdown";
  }
  return "";
}

std::string to_string(const action& a) {
  return std::visit([](const auto& what) { return text(what); }, a);
}

}  // namespace rolecall::residency
