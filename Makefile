# Shortcuts for the CMake build: see CMakePresets.json.

# In CI every warning is an error, and every package is required.
CONFIGURE := cmake --preset release -DLAMA_WERROR=$(if $(CI),ON,OFF) -DLAMA_TORCH=$(if $(CI),ON,AUTO)
LAMA := build/release/lama

# $(call configure,TASK,OPTIONS): if CMake misses a package, installs Debian's packages for the task;
# then CMake names the ones still missing (docs/building.md).
configure = $(CONFIGURE) $(2) >/dev/null 2>&1 || { scripts/install-packages $(1) && $(CONFIGURE) $(2) >/dev/null; }

PREFIX ?= /usr/local

.PHONY: all demo train-demo install test bench clean
all:
	@$(call configure,build,-DLAMA_TESTS=OFF)
	@cmake --build --preset release --target lama

# Removes a dandelion from an example photo with the embedded model.
demo: all
	@mkdir -p out
	@$(LAMA) inpaint examples/dandelions.jpg examples/dandelions_mask.png -o out/dandelions.jpg \
	  --model embedded
	@echo "The filled picture: $(CURDIR)/out/dandelions.jpg"
	@echo "       the original: $(CURDIR)/examples/dandelions.jpg"

# Trains a small network for some minutes on photographs from Debian's packages, and shows its fills of
# other pictures.
TRAIN_DEMO := out/train-demo
train-demo:
	@scripts/install-packages train
	@$(CONFIGURE) -DLAMA_TORCH=ON -DLAMA_TESTS=OFF >/dev/null
	@cmake --build --preset release --target lama lama_torch
	@scripts/prepare-training-set $(TRAIN_DEMO)/train --packages lomiri-wallpapers-16.04 lomiri-wallpapers-20.04
	@mkdir -p $(TRAIN_DEMO)/held_out && cp examples/bridge.jpg examples/dandelions.jpg examples/mountain.jpg \
	  $(TRAIN_DEMO)/held_out
	@test -d $(TRAIN_DEMO)/val || \
	  $(LAMA) masks make configs/masks/random_thick_256.yaml $(TRAIN_DEMO)/held_out $(TRAIN_DEMO)/val --seed 1
	@$(LAMA) train tiny seed=1 location.data_root_dir=$(TRAIN_DEMO) location.out_root_dir=$(TRAIN_DEMO)/runs \
	  location.tb_dir=$(TRAIN_DEMO)/tb_logs trainer.kwargs.max_epochs=100000 trainer.kwargs.max_steps=1000 \
	  trainer.kwargs.check_val_every_n_epoch=80
	@echo "Held-out pictures after the first and the last validation (right: filled):"
	@ls $$(ls -td $(TRAIN_DEMO)/runs/* | head -1)/samples/*_val/*.jpg | sed -n '1p;$$p' | sed 's|^|  $(CURDIR)/|'

# Installs the program, the libraries and their development files (docs/library.md).
install:
	@$(call configure,build,-DLAMA_TESTS=OFF)
	@cmake --build --preset release
	@cmake --install build/release --prefix $(PREFIX)

test:
	@$(call configure,test,-DLAMA_TESTS=ON)
	@cmake --build --preset release
	@ctest --preset release -j $$(nproc)

# Compares speed with PyTorch and the programs from bench/peers/install, and prints the parity table.
bench:
	@scripts/install-packages bench
	@$(CONFIGURE) -DLAMA_TESTS=OFF -DLAMA_BENCH=ON >/dev/null
	@cmake --build --preset release
	@/usr/bin/python3 bench/peers/compare.py --lama $(LAMA)
	@build/release/bench/bench_parity

clean:
	rm -rf build out
