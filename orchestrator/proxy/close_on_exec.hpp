#pragma once

#include <fcntl.h>

namespace rolecall::proxy {

/// Asio opens sockets that a child would inherit.
inline void close_on_exec(int descriptor) noexcept { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

}  // namespace rolecall::proxy
