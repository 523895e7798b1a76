/** @file
 * lama: fills holes in pictures (large-mask inpainting, arXiv 2109.07161). The C interface.
 *
 *   lama_model* model;
 *   lama_picture picture = {.struct_size = sizeof picture, .pixels = rgb, .width = w, .height = h,
 *                           .layout = LAMA_RGB};
 *   lama_mask mask = {.struct_size = sizeof mask, .values = hole, .width = w, .height = h};
 *   if (lama_open(NULL, 0, LAMA_PRECISION_F32, &model) ||
 *       lama_inpaint(model, &picture, &mask, rgb, 0, NULL))
 *     fprintf(stderr, "%s\n", lama_error_text(model));
 *   lama_close(model);
 *
 * Principles, for everything here:
 * - Structs begin with struct_size, which the caller sets to sizeof the struct; a field that is 0
 *   has its default. Later versions of the library append fields. Programs need not be compiled
 *   again for that; an older library refuses fields that it does not know, unless they are 0.
 * - Functions that can fail return a lama_status; lama_error_text says more in one line for people.
 * - Pixel buffers are the caller's. They are used during a call only, and no alignment is needed. A
 *   result is written when everything has succeeded, and not touched before.
 * - Nothing is printed or downloaded, and nothing found in a file is executed. The environment says
 *   where models are, and is read for nothing else. No C++ exception leaves a function.
 * - Threads: separate models are independent. Several threads may use one model: its fills take
 *   turns. lama_close must not run beside another function of its model. After fork() a child's
 *   fills with its parent's models fail: it opens models of its own, or uses lama_share.
 * - The same picture, mask, model and options give the same bits for every number of threads.
 */
#ifndef LAMA_LAMA_H
#define LAMA_LAMA_H

#include <stddef.h>
#include <stdint.h>

#include "lama/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The result of a function that can fail. */
typedef enum lama_status {
  LAMA_OK = 0,     /**< it succeeded */
  LAMA_FAILED = 1, /**< a file is missing or damaged, the memory limit does not suffice, ... */
  LAMA_BAD_ARGUMENT = 2,  /**< an argument is not as it is described here */
  LAMA_OUT_OF_MEMORY = 3, /**< the system gave no memory */
  LAMA_CANCELLED = 4      /**< the progress callback stopped the work */
} lama_status;

/** The order of a pixel's samples in memory. Alpha is straight (not multiplied in). The fourth
 * sample of RGBX and BGRX is not read, and not written in place. */
enum {
  LAMA_GREY = 1,
  LAMA_GREY_ALPHA = 2,
  LAMA_RGB = 3,
  LAMA_RGBA = 4,
  LAMA_BGR = 5,
  LAMA_BGRA = 6,
  LAMA_RGBX = 7,
  LAMA_BGRX = 8
};

/** Samples: 0..255, 0..65535 (in the machine's byte order), or 0..1. */
enum { LAMA_U8 = 0, LAMA_U16 = 1, LAMA_F32 = 2 };

/** A picture to be read. Colours are taken as sRGB. */
typedef struct lama_picture {
  size_t struct_size; /**< sizeof the struct */
  const void* pixels; /**< the first sample of the top row */
  int32_t width;      /**< 1 .. 1 000 000 */
  int32_t height;     /**< 1 .. 1 000 000 */
  int32_t layout;     /**< LAMA_GREY ... : must be set */
  int32_t sample;     /**< LAMA_U8, LAMA_U16 or LAMA_F32 */
  ptrdiff_t stride;   /**< bytes from a row to the one below it: negative if rows are stored bottom
                         up, 0 if they follow each other without gaps */
} lama_picture;

/** Which pixels to fill, one byte each. */
typedef struct lama_mask {
  size_t struct_size;    /**< sizeof the struct */
  const uint8_t* values; /**< of the top row first */
  int32_t width;         /**< the picture's */
  int32_t height;        /**< the picture's */
  ptrdiff_t stride;      /**< as a picture's */
} lama_mask;

/** The part of a large picture that the network sees: all of it, each group of holes with context,
 * or all of it scaled down. Automatic is full up to 1024 pixels a side and crop beyond. */
enum {
  LAMA_STRATEGY_AUTO = 0,
  LAMA_STRATEGY_FULL = 1,
  LAMA_STRATEGY_CROP = 2,
  LAMA_STRATEGY_RESIZE = 3
};

/** Fine detail for a fill, from the surroundings of the hole: automatic where the network sees the
 * hole smaller than it is, on for every fill of a network. None with published. */
enum { LAMA_DETAIL_AUTO = 0, LAMA_DETAIL_OFF = 1, LAMA_DETAIL_ON = 2 };

/** Correct the fill's shade by the network's error around the hole. Ignored with published. */
enum { LAMA_MATCH_AUTO = 0, LAMA_MATCH_OFF = 1 };

/** For fields of lama_options that count pixels, in which 0 stands for the default. */
enum { LAMA_NONE = -1 /**< no pixels */ };

/** The words are those of `lama inpaint` (docs/cli.md). */
typedef struct lama_options {
  size_t struct_size;       /**< sizeof the struct */
  double mask_threshold;    /**< share of 255 from which a mask's value means "fill", above 0 and at
                               most 1; 0 for the default, 0.5 */
  int32_t invert_mask;      /**< not 0: fill where the mask does not reach the threshold */
  int32_t fill_transparent; /**< not 0: fill what is less than half opaque in the picture, and make
                               it opaque; the mask must be NULL */
  int32_t dilate;           /**< pixels to grow the hole by, 1 .. 1000, or LAMA_NONE; 0 for the
                               default: 5, or none with fill_transparent or published */
  int32_t feather;          /**< width in pixels of a soft edge around the hole, 1 .. 1000, or
                               LAMA_NONE; 0 for the default: 3, or none as for dilate */
  int32_t strategy;         /**< LAMA_STRATEGY_AUTO ... */
  int32_t published;        /**< not 0: give the result of the published predict.py */
  uint64_t memory_limit;    /**< bytes to use beside the picture and the model; 0 for the free
                               memory */
  /** Called now and then, on the thread that called lama_inpaint, with the share of the work that
   * is done, up to 1. Returns 0 to stop, anything else to go on. Calling lama_inpaint with
   * the same model from it fails. May be NULL. */
  int (*progress)(double done, void* user);
  void* user;     /**< the second argument of progress and log */
  int32_t detail; /**< LAMA_DETAIL_AUTO ... */
  int32_t match;  /**< LAMA_MATCH_AUTO or LAMA_MATCH_OFF */
  /** Called on the thread that called lama_inpaint, with each decision and its reason: a sentence
   * for people, valid during the call. May be NULL. */
  void (*log)(const char* sentence, void* user);
} lama_options;

/** What a fill takes: lama_estimate_inpaint. */
typedef struct lama_estimate {
  size_t struct_size; /**< sizeof the struct */
  uint64_t memory;    /**< bytes beside the picture and the model, as memory_limit counts: with this
                         limit the network sees the same parts at the same scale; 0 for an empty
                         mask */
  double seconds;     /**< seconds of the network and the copies, at the speed of this model's last
                         fill of each kind; below 0 before the first one */
} lama_estimate;

/** The properties of a model. */
typedef struct lama_info {
  size_t struct_size;       /**< sizeof the struct */
  const char* name;         /**< the path or name it was opened with */
  const char* description;  /**< the network's architecture, in words */
  uint64_t parameter_count; /**< number of trainable parameters */
  int32_t size_multiple;    /**< the network's input has sides that are multiples of it */
} lama_info;

/** A network with its weights, ready to run. */
typedef struct lama_model lama_model;

/** "MAJOR.MINOR.PATCH": of the library in use, which may differ from this header's. */
LAMA_API const char* lama_version(void);

/** How a network multiplies. */
enum {
  LAMA_PRECISION_F32 = 0, /**< exact */
  LAMA_PRECISION_BF16 = 1 /**< faster, and a little different: numbers are rounded before; for
                             processors with AVX512-BF16, opening a network fails on others */
};

/** Opens a published folder (config.yaml and models/best.ckpt), a PyTorch checkpoint, a TorchScript
 * archive or a .safetensors file. If no such file exists: an installed model of this name, or the
 * library's own: "embedded", or "patches", which has no network and copies the surroundings of
 * every hole. NULL opens the model that `lama inpaint` uses without --model: the one that the
 * environment variable LAMA_MODEL names, else the best installed one, else the embedded one.
 * `threads` compute, the caller among them: 1 .. 1024, or 0 for one per processor. `precision` is
 * one of the above. *model is set also on failure, for lama_error_text, and must be closed; it is
 * NULL only if there is no memory for it. */
LAMA_API lama_status lama_open(const char* path, int threads, int precision, lama_model** model);

/** What a program lends to a model in place of the library's own: threads, memory or both. Models
 * that share weights share it. Several threads may call the functions at once, until the last such
 * model is closed. They must not use the library, and must return. */
typedef struct lama_host {
  size_t struct_size; /**< sizeof the struct */
  /** Calls job(i, data) once for each i from 0 to count - 1, on any threads, and returns when all
   * calls have returned. No job waits for another, so one thread may call them in turn. `count` is
   * at least 2 and at most the model's threads. The thread that waits here must not begin another
   * fill with the model. NULL: the model starts threads of its own. */
  void (*run)(int count, void (*job)(int i, void* data), void* data, void* user);
  /** As malloc and free, with any alignment; both or neither. Without memory allocate returns NULL:
   * LAMA_OUT_OF_MEMORY. They serve the weights as the model keeps them, the feature maps and
   * working memory of the network, and the pixels that copies are compared with. Other memory is
   * the C++ library's: files while a model opens, copies of the picture, masks, tables and texts.
   */
  void* (*allocate)(size_t bytes, void* user);
  void (*release)(void* memory, void* user); /**< see allocate */
  void* user;                                /**< the last argument of all three */
} lama_host;

/** How to open a model: lama_open_with. */
typedef struct lama_open_options {
  size_t struct_size; /**< sizeof the struct */
  int32_t threads;    /**< as lama_open's */
  int32_t precision;  /**< as lama_open's */
  /** Called now and then, on the thread that opens the model, with the share of the work that is
   * done, up to 1. Returns 0 to stop: LAMA_CANCELLED. If the host's `run` leaves that thread out,
   * there is one call, with 1. May be NULL. */
  int (*progress)(double done, void* user);
  void* user;              /**< the second argument of progress */
  const lama_host* host;   /**< copied; may be NULL */
  const void* safetensors; /**< if not NULL: the bytes of a .safetensors file made by `lama models
                              convert`, which are not needed afterwards; the path, not NULL, is
                              then their name in errors */
  size_t size;             /**< of these bytes */
} lama_open_options;

/** lama_open with these options; NULL: all defaults. */
LAMA_API lama_status lama_open_with(const char* path, const lama_open_options* options,
                                    lama_model** model);

/** Makes *shared, another model with the weights of `model` in memory: it costs its `threads` (as
 * lama_open's) and the memory of its own fills, and the two fill at the same time. Both must be
 * closed, in any order. May be called while other threads use `model`. On failure *shared is as
 * lama_open's *model. */
LAMA_API lama_status lama_share(lama_model* model, int threads, lama_model** shared);

/** NULL is allowed. */
LAMA_API void lama_close(lama_model* model);

/** Why this thread's last function on this model failed; "" if it did not fail. A thread that
 * called none gets the text of the last function that any thread called. Never NULL. The text stays
 * as it is until lama_close. */
LAMA_API const char* lama_error_text(const lama_model* model);

/** Fills *info, whose struct_size the caller has set. Its texts are the model's. */
LAMA_API lama_status lama_get_info(lama_model* model, lama_info* info);

/** Fills the hole in `picture` and writes all of the result to `output`, in the picture's size,
 * layout and samples; `output_stride` is as a picture's. With the picture's own pixels and stride
 * the work is done in place: pixels that are not filled are then not even written. Every other
 * overlap of the two is refused (LAMA_BAD_ARGUMENT). Samples that are not filled keep their bits,
 * and so does alpha everywhere, unless fill_transparent is set. `options` may be NULL: all
 * defaults. */
LAMA_API lama_status lama_inpaint(lama_model* model, const lama_picture* picture,
                                  const lama_mask* mask, void* output, ptrdiff_t output_stride,
                                  const lama_options* options);

/** Fills *estimate, whose struct_size the caller has set, with what lama_inpaint would take with
 * these arguments; nothing is computed but the plan. picture->pixels is read with fill_transparent
 * only, and may be NULL otherwise. Fails as lama_inpaint does, also if the memory limit does not
 * suffice. */
LAMA_API lama_status lama_estimate_inpaint(lama_model* model, const lama_picture* picture,
                                           const lama_mask* mask, const lama_options* options,
                                           lama_estimate* estimate);

#ifdef __cplusplus
}
#endif

#endif
