#include "tools/tiny_gguf/model.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::tiny_gguf;

namespace {

class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tiny-gguf-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  auto file_count() const { return std::distance(std::filesystem::directory_iterator(path_), {}); }

 private:
  std::filesystem::path path_;
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string failure(model_kind kind, const std::filesystem::path& path,
                    const model_options& options) {
  try {
    write_model(kind, path, options);
  } catch (const model_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("tiny_gguf: every kind is written as it was announced") {
  const folder at;
  for (const auto kind : all_kinds) {
    const auto written = write_model(kind, at / "m.gguf");
    for (const auto& [path, size] : written) {
      CHECK(std::filesystem::file_size(path) == size);
      CHECK(contents(path).substr(0, 4) == "GGUF");
    }
    CHECK(written.size() == (kind == model_kind::vision ? 2 : 1));
  }
  CHECK(std::filesystem::exists(at / "mmproj-m.gguf"));
}

TEST_CASE("tiny_gguf: the same seed gives the same bytes and another seed others") {
  const folder at;
  write_model(model_kind::draft, at / "a", {.seed = 5});
  write_model(model_kind::draft, at / "b", {.seed = 5});
  write_model(model_kind::draft, at / "c", {.seed = 6});
  CHECK(contents(at / "a") == contents(at / "b"));
  CHECK(contents(at / "a") != contents(at / "c"));
}

TEST_CASE("tiny_gguf: every kind can be made in its smallest size and in 20 MiB") {
  const folder at;
  for (const auto kind : all_kinds) {
    for (const auto wanted : {smallest_size(kind), std::uint64_t{20} << 20}) {
      const auto size = write_model(kind, at / "m", {.size = wanted}).front().size;
      CHECK(double(size) == doctest::Approx(double(wanted)).epsilon(0.03));
    }
  }
}

TEST_CASE("tiny_gguf: a size that is too small is refused with the smallest that is not") {
  const folder at;
  const auto text = failure(model_kind::hybrid, at / "m", {.size = 1000});
  CHECK(text.find("the smallest takes ") != std::string::npos);
  CHECK(at.file_count() == 0);
}

TEST_CASE("tiny_gguf: a file that cannot be written is named with the reason") {
  const folder at;
  const auto path = at / "missing/m.gguf";
  CHECK(failure(model_kind::draft, path, {}) ==
        "cannot write " + path.string() + ": No such file or directory");
  CHECK(at.file_count() == 0);
}
