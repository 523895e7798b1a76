# Untested: written from Homebrew's package lists, on Linux (docs/building.md).
# HOMEBREW_LAMA_REPOSITORY is the address of the repository.
class Lama < Formula
  desc "Fills holes in photographs (large-mask inpainting)"
  homepage ENV.fetch("HOMEBREW_LAMA_REPOSITORY")
  url "#{ENV.fetch("HOMEBREW_LAMA_REPOSITORY")}.git", tag: "v0.2.0"
  license "Apache-2.0"

  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "eigen" => :build
  depends_on "ninja" => :build
  depends_on "nlohmann-json" => :build
  depends_on "pkgconf" => :build
  depends_on "boost"
  depends_on "curl"
  depends_on "fmt"
  depends_on "highway"
  depends_on "jpeg-turbo"
  depends_on "libseccomp"
  depends_on "libzip"
  depends_on "little-cms2"
  depends_on :linux
  depends_on "opencv"
  depends_on "openssl@3"
  depends_on "vips"
  depends_on "webp"
  depends_on "yaml-cpp"
  depends_on "zlib"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DLAMA_TESTS=OFF", "-DLAMA_TORCH=OFF", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
    pkgshare.install "examples/dandelions.jpg", "examples/dandelions_mask.png"
  end

  test do
    system bin/"lama", "inpaint", pkgshare/"dandelions.jpg", pkgshare/"dandelions_mask.png",
           "-o", testpath/"filled.jpg", "--model", "embedded"
    assert_predicate testpath/"filled.jpg", :exist?
  end
end
