# The short front of the build. The build itself is CMake's: see CMakePresets.json.

# In CI every warning is an error, and nothing is left out for want of a package.
CONFIGURE := cmake --preset release -DLAMA_WERROR=$(if $(CI),ON,OFF) -DLAMA_TORCH=$(if $(CI),ON,AUTO)
LAMA := build/release/lama

PREFIX ?= /usr/local

.PHONY: all demo install test bench clean
all:
	@scripts/install-packages build
	@$(CONFIGURE) -DLAMA_TESTS=OFF >/dev/null
	@cmake --build --preset release --target lama

# Fills the hole in an example photo with the embedded model.
demo: all
	@mkdir -p out
	@$(LAMA) inpaint examples/bridge.jpg examples/bridge_mask.png -o out/bridge.jpg \
	  --model embedded --feather 2
	@echo "The filled picture: $(CURDIR)/out/bridge.jpg"
	@echo "       the original: $(CURDIR)/examples/bridge.jpg"

# The program, the libraries and what others need to use them (docs/library.md).
install:
	@scripts/install-packages build
	@$(CONFIGURE) -DLAMA_TESTS=OFF >/dev/null
	@cmake --build --preset release
	@cmake --install build/release --prefix $(PREFIX)

test:
	@scripts/install-packages test
	@$(CONFIGURE) -DLAMA_TESTS=ON >/dev/null
	@cmake --build --preset release
	@ctest --preset release

# Measures beside PyTorch, and beside what bench/peers/install fetched; then prints the parity table.
bench:
	@scripts/install-packages bench
	@$(CONFIGURE) -DLAMA_TESTS=OFF -DLAMA_BENCH=ON >/dev/null
	@cmake --build --preset release
	@/usr/bin/python3 bench/peers/compare.py --lama $(LAMA)
	@build/release/bench/bench_parity

clean:
	rm -rf build out
