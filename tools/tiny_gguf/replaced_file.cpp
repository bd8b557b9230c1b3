#include "tools/tiny_gguf/replaced_file.hpp"

#include "tools/tiny_gguf/model_error.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace rolecall::tiny_gguf {

replaced_file::replaced_file(std::filesystem::path path)
    : path_(std::move(path)), file_(nullptr, &std::fclose) {
  if (std::filesystem::is_directory(path_)) fail(EISDIR);
  unfinished_ = path_;
  unfinished_ += '.';
  unfinished_ += std::to_string(::getpid());
  unfinished_ += ".unfinished";
  file_.reset(std::fopen(unfinished_.c_str(), "wbx"));
  if (!file_) fail(errno);
}

replaced_file::~replaced_file() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(unfinished_, ignored);
}

void replaced_file::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(errno);
}

void replaced_file::commit() {
  if (std::fflush(file_.get()) != 0) fail(errno);
  if (std::rename(unfinished_.c_str(), path_.c_str()) != 0) fail(errno);
  file_.reset();
}

void replaced_file::fail(int error_number) const {
  throw model_error("cannot write " + path_.string() + ": " +
                    std::generic_category().message(error_number));
}

}  // namespace rolecall::tiny_gguf
