#pragma once

#include "orchestrator/supervision/instance_fsm.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

namespace rolecall::supervision {

/// What the instance's port said.
struct readiness {
  enum class kind {
    not_yet,   ///< nobody answers, or the model is being loaded
    ready,     ///< `/health` says 200, our child holds the port and serves the right model
    stranger,  ///< `/health` says 200, but it is not our child's word
  };

  kind what = kind::not_yet;
  std::string owner;    ///< the stranger, described for operators
  served_model served;  ///< what it said when it was ready

  bool operator==(const readiness&) const = default;
};

/// "not_yet", "ready", "stranger".
[[nodiscard]] std::string_view to_string(readiness::kind what) noexcept;

/// What a probe is meant to find.
struct probe_target {
  std::uint16_t port = 0;       ///< on 127.0.0.1
  int pid = 0;                  ///< of our child, the leader of its process group
  std::filesystem::path model;  ///< the GGUF it was told to load
};

/// What an answer of llama-server's `/props` tells: `model_path`, `total_slots`, and
/// `default_generation_settings.n_ctx` (0.7.0).
[[nodiscard]] served_model parse_served(std::string_view props);

/// GET /health and, after a 200, /props, within `deadline`. Empty when it did not say 200.
[[nodiscard]] boost::asio::awaitable<std::optional<served_model>> ask_server(std::uint16_t port,
                                                                             time_point deadline);

/// One GET /health, within `deadline`. After a 200 the kernel is asked who listens on the port, and
/// `/props` which model is served: a healthy port may belong to another process. Cancellable.
[[nodiscard]] boost::asio::awaitable<readiness> probe_readiness(probe_target target,
                                                                time_point deadline);

/// Whether GET `path` of 127.0.0.1:port gives an answer, of any status, within `deadline`.
/// Cancellable.
[[nodiscard]] boost::asio::awaitable<bool> answers(std::uint16_t port, std::string path,
                                                   time_point deadline);

}  // namespace rolecall::supervision
