#include "registry/words.hpp"

namespace rolecall::registry {

std::string_view name_of(numa_policy policy) noexcept {
  switch (policy) {
    case numa_policy::none:
      return "none";
    case numa_policy::interleave:
      return "interleave";
    case numa_policy::preferred:
      return "preferred";
    case numa_policy::membind:
      return "membind";
  }
  return "";
}

std::string_view name_of(flash_attention setting) noexcept {
  switch (setting) {
    case flash_attention::on:
      return "on";
    case flash_attention::off:
      return "off";
    case flash_attention::automatic:
      return "auto";
  }
  return "";
}

std::string_view name_of(load_mode mode) noexcept {
  switch (mode) {
    case load_mode::automatic:
      return "auto";
    case load_mode::none:
      return "none";
    case load_mode::mmap:
      return "mmap";
    case load_mode::mlock:
      return "mlock";
    case load_mode::mmap_mlock:
      return "mmap+mlock";
    case load_mode::dio:
      return "dio";
  }
  return "";
}

std::string_view name_of(replica_routing routing) noexcept {
  switch (routing) {
    case replica_routing::least_busy:
      return "least_busy";
    case replica_routing::affinity:
      return "affinity";
    case replica_routing::probe_first:
      return "probe_first";
  }
  return "";
}

}  // namespace rolecall::registry
