#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/mount.h>

namespace rolecall::test {

/// A file system of its own on a folder, where this user may mount one; unmounted at its end.
class small_disk {
 public:
  small_disk(const std::filesystem::path& folder, const std::string& size) : folder_(folder) {
    is_mounted_ = ::mount("none", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~small_disk() {
    if (is_mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] bool is_mounted() const noexcept { return is_mounted_; }

 private:
  std::filesystem::path folder_;
  bool is_mounted_ = false;
};

/// Appends to a file until its disk takes no more.
inline void fill(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::app);
  const std::string piece(4096, 'x');
  while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
  }
}

}  // namespace rolecall::test
