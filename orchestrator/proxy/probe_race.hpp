#pragma once

#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"

#include <chrono>

namespace rolecall::proxy {

/// How long a replica may take to say that it is well.
inline constexpr std::chrono::seconds longest_probe{1};

/// Routing `probe_first`: asks every upstream of the role that lets in and does not rest
/// for `GET /health`, all at once, and takes a slot of the first that answers 200 and still has
/// one. Who fails, or says nothing in time, rests. A single candidate is not asked. Empty: nobody
/// is left.
///
/// While they are asked, they are held by slotless leases: none can be evicted between its answer
/// and the request, and no slot is taken from others. The probes of those that come too late go on
/// by themselves, so that their connections can be used again; they end within longest_probe and
/// must not outlive the environment.
[[nodiscard]] task<lease> enter_first_to_answer(session_environment& environment,
                                                const routed_role& role);

}  // namespace rolecall::proxy
