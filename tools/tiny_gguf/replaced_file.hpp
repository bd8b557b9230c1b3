#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace rolecall::tiny_gguf {

// A file that takes its place under its own name only when it is complete. Without commit() nothing
// remains of it and a file that was there before stays. Failures are model_errors.
class replaced_file {
 public:
  explicit replaced_file(std::filesystem::path path);
  ~replaced_file();
  replaced_file(const replaced_file&) = delete;
  replaced_file& operator=(const replaced_file&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void fail(int error_number) const;

  std::filesystem::path path_;
  std::filesystem::path unfinished_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace rolecall::tiny_gguf
