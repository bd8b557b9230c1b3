#include "registry/model_files.hpp"

#include "tests/unit/registry/gguf_bytes.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_bytes;
using testing::gguf_model;

namespace {

constexpr std::uint32_t f32 = 0;

/// A folder with a model in two shards, three tensors in all.
class split_model {
 public:
  split_model() {
    write_first(0, 2, 3);
    write_second(1, 2, 3);
  }

  void write_first(std::uint16_t number, std::uint16_t count, std::uint32_t tensors) const {
    folder_.write("m-00001-of-00002.gguf", gguf_model("qwen2")
                                               .name("Split")
                                               .split(number, count, tensors)
                                               .tensor("token_embd.weight", {8, 4}, f32, 128)
                                               .bytes(0));
  }
  void write_second(std::uint16_t number, std::uint16_t count, std::uint32_t tensors) const {
    folder_.write("m-00002-of-00002.gguf", gguf_model("qwen2")
                                               .split(number, count, tensors)
                                               .tensor("blk.0.a.weight", {8}, f32, 32)
                                               .tensor("blk.0.b.weight", {8}, f32, 32)
                                               .bytes(0));
  }
  std::string path(int number) const {
    return (folder_.path() / ("m-0000" + std::to_string(number) + "-of-00002.gguf")).string();
  }
  boost::system::result<model_files, std::string> read(int number = 1) const {
    return read_model_files(path(number));
  }
  std::string error() const {
    const auto files = read();
    REQUIRE(!files.has_value());
    return files.error();
  }
  const testing::temporary_folder& folder() const { return folder_; }

 private:
  testing::temporary_folder folder_;
};

}  // namespace

TEST_CASE("model files: one file is a model") {
  const testing::temporary_folder folder;
  const auto path = folder.write("m.gguf", gguf_model("qwen2").tensor("t", {8}, f32, 32).bytes(0));
  const auto files = read_model_files(path);
  REQUIRE(files.has_value());
  REQUIRE(files->files.size() == 1);
  CHECK(files->files[0].path == path.string());
  CHECK(files->files[0].file.inode != 0);
  CHECK(files->bytes == std::filesystem::file_size(path));
  CHECK(files->header.tensors.size() == 1);
}

TEST_CASE("model files: two paths to one file are one identity") {
  const testing::temporary_folder folder;
  const auto path = folder.write("m.gguf", gguf_model("qwen2").bytes());
  std::filesystem::create_hard_link(path, folder.path() / "hard.gguf");
  std::filesystem::create_symlink(path, folder.path() / "soft.gguf");
  const auto identity = read_model_files(path)->files[0].file;
  CHECK(read_model_files(folder.path() / "hard.gguf")->files[0].file == identity);
  CHECK(read_model_files(folder.path() / "soft.gguf")->files[0].file == identity);
}

TEST_CASE_FIXTURE(split_model, "model files: all shards make one model") {
  const auto files = read();
  REQUIRE(files.has_value());
  REQUIRE(files->files.size() == 2);
  CHECK(files->files[1].path == path(2));
  CHECK(files->bytes == std::filesystem::file_size(path(1)) + std::filesystem::file_size(path(2)));
  CHECK(files->header.text("general.name") == "Split");
  REQUIRE(files->header.tensors.size() == 3);
  CHECK(files->header.tensors[2].name == "blk.0.b.weight");
}

TEST_CASE_FIXTURE(split_model, "model files: another shard than the first is not taken for it") {
  CHECK(read(2).error() ==
        "m-00002-of-00002.gguf is shard 2 of 2: name the first, m-00001-of-00002.gguf");
}

TEST_CASE_FIXTURE(split_model, "model files: missing shards are named") {
  std::filesystem::remove(path(2));
  CHECK(error() == "shard 2 of 2 is missing: " + path(2));

  std::filesystem::rename(path(1), folder().path() / "m-00001-of-00007.gguf");
  const auto many = read_model_files(folder().path() / "m-00001-of-00007.gguf").error();
  CHECK(many.find("shard 2 of 7 is missing: ") == 0);
  CHECK(many.find("; shard 5 of 7 is missing: ") != std::string::npos);
  CHECK(many.find("; so are 2 more") != std::string::npos);
}

TEST_CASE_FIXTURE(split_model, "model files: a truncated shard is named") {
  std::filesystem::resize_file(path(2), std::filesystem::file_size(path(2)) - 1);
  CHECK(error().find("cannot read " + path(2) +
                     ": it is truncated: tensor blk.0.b.weight ends at byte ") == 0);
}

TEST_CASE_FIXTURE(split_model, "model files: shards whose numbers disagree are refused") {
  write_second(0, 2, 3);
  CHECK(error() == "cannot use " + path(2) + ": its split.no is 0 and its name makes it 1");
  write_second(1, 3, 3);
  CHECK(error() == "cannot use " + path(2) + ": its split.count is 3 and its name says 2");
  write_second(1, 2, 4);
  CHECK(error() == "cannot use " + path(2) +
                       ": its split.tensors.count is 4 and the first shard's is 3: they are shards "
                       "of different models");
  write_first(0, 2, 4);
  CHECK(error() == "cannot use " + path(1) +
                       ": its split.tensors.count is 4 and its shards have 3 tensors; copy or "
                       "download them again");
}

TEST_CASE_FIXTURE(split_model, "model files: a file that is no shard is not taken for one") {
  folder().write("m-00002-of-00002.gguf", gguf_model("qwen2").bytes());
  CHECK(error() == "cannot use " + path(2) + ": it is no shard: it has no split.count");
}

TEST_CASE_FIXTURE(split_model, "model files: a tensor that two shards have is refused") {
  folder().write(
      "m-00002-of-00002.gguf",
      gguf_model("qwen2").split(1, 2, 3).tensor("token_embd.weight", {8, 4}, f32, 128).bytes(0));
  CHECK(error() ==
        "cannot use " + path(2) + ": its tensor token_embd.weight is in an earlier shard too");
}

TEST_CASE_FIXTURE(split_model, "model files: a shard that lost its name is refused") {
  const auto renamed = folder().path() / "renamed.gguf";
  std::filesystem::rename(path(1), renamed);
  CHECK(read_model_files(renamed).error() ==
        "cannot use " + renamed.string() +
            ": it is one of 2 shards, and its name does not end in -00001-of-000NN.gguf: give all "
            "shards the names they were made with");
}
