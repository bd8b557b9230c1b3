#include "orchestrator/admin/command.hpp"

namespace rolecall::admin {

std::string_view to_string(command what) noexcept {
  switch (what) {
    case command::load:
      return "load";
    case command::unload:
      return "unload";
    case command::restart:
      return "restart";
    case command::pin:
      return "pin";
    case command::unpin:
      return "unpin";
  }
  return "";
}

}  // namespace rolecall::admin
