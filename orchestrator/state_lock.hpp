#pragma once

#include "launcher/descriptor.hpp"

#include <filesystem>
#include <string>

#include <boost/system/result.hpp>

namespace rolecall {

/// Held while a daemon uses its state directory, so that two never adopt the same processes. The
/// kernel gives it up when the daemon ends, however it does; children do not inherit it. Locked are
/// the directory and, where its disk takes one, a file that names the holder.
class state_lock {
 public:
  /// The error names the daemon that holds it, and what to do.
  [[nodiscard]] static boost::system::result<state_lock, std::string> take(
      const std::filesystem::path& state_dir);

 private:
  state_lock(launcher::descriptor folder, launcher::descriptor file)
      : folder_(std::move(folder)), file_(std::move(file)) {}
  launcher::descriptor folder_;
  launcher::descriptor file_;
};

}  // namespace rolecall
