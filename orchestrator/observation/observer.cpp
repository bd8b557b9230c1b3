#include "orchestrator/observation/observer.hpp"

#include <utility>

namespace rolecall::observation {

observer::observer(const boost::asio::any_io_executor& control, std::filesystem::path root,
                   watched_folders folders, listeners told)
    : engines_(control, std::move(told.engine_sampled), std::move(told.engine_silent)),
      processes_(control, pool_.get_executor(), std::move(told.process_used),
                 std::move(told.process_placed)),
      host_(control, pool_.get_executor(), std::move(root), std::move(folders),
            std::move(told.host_sampled)) {}

void observer::start() {
  processes_.start();
  host_.start();
}

void observer::watch(instance id, std::uint16_t port, int pid) {
  engines_.watch(id, port);
  processes_.watch(id, pid);
}

void observer::forget(instance id) {
  engines_.forget(id);
  processes_.forget(id);
}

void observer::stop() {
  engines_.stop();
  processes_.stop();
  host_.stop();
}

}  // namespace rolecall::observation
