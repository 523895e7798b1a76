/* LAMA_API, which exports or imports the functions of both headers. */
#ifndef LAMA_API_H
#define LAMA_API_H

/* Programs that link the static library on Windows define LAMA_STATIC; the library's own build
 * defines LAMA_BUILD. */
#ifndef LAMA_API
#if defined(_WIN32) && defined(LAMA_STATIC)
#define LAMA_API
#elif defined(_WIN32) && defined(LAMA_BUILD)
#define LAMA_API __declspec(dllexport)
#elif defined(_WIN32)
#define LAMA_API __declspec(dllimport)
#elif defined(__GNUC__)
#define LAMA_API __attribute__((visibility("default")))
#else
#define LAMA_API
#endif
#endif

#endif
