#include "codecs/colour_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace lama::internal::codecs {
namespace {

// A new context has no error handler, unlike the default one: it prints nothing.
using Context = std::unique_ptr<std::remove_pointer_t<cmsContext>, void (*)(cmsContext)>;
using Profile = std::unique_ptr<void, cmsBool (*)(cmsHPROFILE)>;
using Transform = std::unique_ptr<void, void (*)(cmsHTRANSFORM)>;
using Curve = std::unique_ptr<cmsToneCurve, void (*)(cmsToneCurve*)>;

Context new_context() { return {cmsCreateContext(nullptr, nullptr), cmsDeleteContext}; }
Profile owned(cmsHPROFILE profile) { return {profile, cmsCloseProfile}; }
Curve owned(cmsToneCurve* curve) { return {curve, cmsFreeToneCurve}; }

/// sRGB's parameters in lcms's form (IEC 61966-2-1).
Curve make_curve(cmsContext context, const ToneCurve& curve) {
  constexpr double kParameters[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  return owned(curve.srgb ? cmsBuildParametricToneCurve(context, 4, kParameters)
                          : cmsBuildGamma(context, curve.gamma));
}

double srgb_from_light(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// Whether the curve differs from sRGB's by less than a step of 8 bits.
bool is_srgb_curve(const cmsToneCurve* curve) {
  if (curve == nullptr) return false;
  for (int i = 0; i <= 64; ++i) {
    const double sample = i / 64.0;
    const double light = cmsEvalToneCurveFloat(curve, static_cast<float>(sample));
    if (!(std::abs(srgb_from_light(light) - sample) < 1 / 255.0)) return false;
  }
  return true;
}

/// Whether `profile` equals sRGB within the precision of 8 bits.
bool is_srgb(cmsHPROFILE profile) {
  if (cmsGetColorSpace(profile) == cmsSigGrayData) {
    return is_srgb_curve(static_cast<cmsToneCurve*>(cmsReadTag(profile, cmsSigGrayTRCTag)));
  }
  // Tables would override the matrix.
  if (cmsGetColorSpace(profile) != cmsSigRgbData || cmsIsTag(profile, cmsSigAToB0Tag) ||
      !cmsIsMatrixShaper(profile)) {
    return false;
  }
  constexpr cmsCIEXYZ kColorants[] = {
      {0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}};
  constexpr cmsTagSignature kColorantTags[] = {cmsSigRedColorantTag, cmsSigGreenColorantTag,
                                               cmsSigBlueColorantTag};
  constexpr cmsTagSignature kCurveTags[] = {cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto* colorant = static_cast<cmsCIEXYZ*>(cmsReadTag(profile, kColorantTags[i]));
    const auto near = [](double a, double b) { return std::abs(a - b) < 0.003; };
    if (colorant == nullptr || !near(colorant->X, kColorants[i].X) ||
        !near(colorant->Y, kColorants[i].Y) || !near(colorant->Z, kColorants[i].Z) ||
        !is_srgb_curve(static_cast<cmsToneCurve*>(cmsReadTag(profile, kCurveTags[i])))) {
      return false;
    }
  }
  return true;
}

/// lcms's type for samples of `image`; lcms ignores alpha.
cmsUInt32Number samples_of(ColourModel model, bool alpha, Depth depth) {
  const unsigned space = model == ColourModel::grey  ? PT_GRAY
                         : model == ColourModel::rgb ? PT_RGB
                                                     : PT_CMYK;
  const unsigned channels = model == ColourModel::grey ? 1 : model == ColourModel::rgb ? 3 : 4;
  return COLORSPACE_SH(space) | CHANNELS_SH(channels) | EXTRA_SH(alpha ? 1U : 0U) |
         FLOAT_SH(depth == Depth::f32 ? 1U : 0U) |
         BYTES_SH(static_cast<unsigned>(bytes_per_sample(depth)));
}

class IccConverter : public ColourConverter {
 public:
  /// Takes a profile of `context`.
  IccConverter(Context context, Profile profile, ColourModel model)
      : context_(std::move(context)),
        profile_(std::move(profile)),
        srgb_(owned(cmsCreate_sRGBProfileTHR(context_.get()))),
        model_(model),
        from_srgb_(make(srgb_, kSrgb16, profile_, samples_of(model, false, Depth::u16))) {
    // Any form of the picture's colours shows whether both directions exist.
    if (!from_srgb_ || !make(profile_, samples_of(model, false, Depth::u16), srgb_, kSrgb16)) {
      throw Error("it does not define both directions of its conversion");
    }
  }

  Image to_srgb(const Image& image) const override {
    const Transform transform =
        make(profile_, samples_of(model_, image.has_alpha(), image.depth()), srgb_, kSrgb16);
    if (!transform) throw Error("the picture's colour profile does not fit it");
    Image srgb(image.width(), image.height(), 3, Depth::u16);
    if (image.depth() != Depth::f32) {
      convert(transform, image, srgb);
      return srgb;
    }
    // The network's colours end at black and white, and some samples may be NaN.
    Image within = image;
    std::for_each(
        within.samples<float>(),
        within.samples<float>() + within.pixels() * static_cast<std::size_t>(within.channels()),
        [](float& value) { value = value > 0 ? std::min(value, 1.0F) : 0; });
    convert(transform, within, srgb);
    return srgb;
  }

  Image from_srgb(const Image& srgb) const override {
    Image image(srgb.width(), srgb.height(), model_, false, Depth::u16);
    convert(from_srgb_, srgb, image);
    return image;
  }

 private:
  static constexpr cmsUInt32Number kSrgb16 = TYPE_RGB_16;

  /// Not optimised: lcms would put tables of 8 or 16 bits between the curves. Without a cache, so
  /// that several threads may use it.
  Transform make(const Profile& from, cmsUInt32Number from_samples, const Profile& to,
                 cmsUInt32Number to_samples) const {
    return {cmsCreateTransformTHR(
                context_.get(), from.get(), from_samples, to.get(), to_samples,
                INTENT_RELATIVE_COLORIMETRIC,
                cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE | cmsFLAGS_NOOPTIMIZE),
            cmsDeleteTransform};
  }

  static void convert(const Transform& transform, const Image& from, Image& to) {
    const auto line = [](const Image& image, int y) {
      return static_cast<std::size_t>(y) *
             (image.bytes().size() / static_cast<std::size_t>(image.height()));
    };
    for (int y = 0; y < from.height(); ++y) {  // lcms counts pixels in 32 bits
      cmsDoTransform(transform.get(), from.bytes().data() + line(from, y),
                     to.bytes().data() + line(to, y), static_cast<cmsUInt32Number>(from.width()));
    }
  }

  Context context_;
  Profile profile_, srgb_;
  ColourModel model_;
  Transform from_srgb_;
};

}  // namespace

ProfileReading read_profile(std::span<const std::uint8_t> icc, ColourModel model) try {
  Context context = new_context();
  Profile profile = owned(cmsOpenProfileFromMemTHR(context.get(), icc.data(),
                                                   static_cast<cmsUInt32Number>(icc.size())));
  if (!profile) throw Error("it is damaged");
  // A damaged profile may have a value outside the enumeration.
  const auto space = static_cast<cmsUInt32Number>(cmsGetColorSpace(profile.get()));
  // Many grey pictures carry the sRGB profile of their colour original.
  if (is_srgb(profile.get()) && model != ColourModel::cmyk) return {};
  const cmsUInt32Number wanted = model == ColourModel::grey  ? cmsSigGrayData
                                 : model == ColourModel::rgb ? cmsSigRgbData
                                                             : cmsSigCmykData;
  const bool fits = space == wanted;
  if (!fits) throw Error("it describes another kind of colours than the picture's");
  return {std::make_shared<IccConverter>(std::move(context), std::move(profile), model), {}};
} catch (const Error& error) {
  return {nullptr, error.what()};
}

std::string profile_name(std::span<const std::uint8_t> icc) {
  const Context context = new_context();
  const Profile profile = owned(cmsOpenProfileFromMemTHR(context.get(), icc.data(),
                                                         static_cast<cmsUInt32Number>(icc.size())));
  if (!profile) return {};
  std::array<char, 256> name = {};
  cmsGetProfileInfoASCII(profile.get(), cmsInfoDescription, "en", "US", name.data(),
                         static_cast<cmsUInt32Number>(name.size() - 1));
  return name.data();
}

std::vector<std::uint8_t> make_profile(ColourModel model, const Primaries& primaries,
                                       const ToneCurve& curve) {
  const Context context = new_context();
  const Curve tone = make_curve(context.get(), curve);
  const auto xy = [](const std::array<double, 2>& at) { return cmsCIExyY{at[0], at[1], 1}; };
  const cmsCIExyY white = xy(primaries.white);
  const cmsCIExyYTRIPLE colours{xy(primaries.red), xy(primaries.green), xy(primaries.blue)};
  cmsToneCurve* const tones[] = {tone.get(), tone.get(), tone.get()};
  const Profile profile = owned(
      model == ColourModel::grey ? cmsCreateGrayProfileTHR(context.get(), cmsD50_xyY(), tone.get())
                                 : cmsCreateRGBProfileTHR(context.get(), &white, &colours, tones));
  cmsUInt32Number size = 0;
  if (!profile || cmsSaveProfileToMem(profile.get(), nullptr, &size) == 0) return {};
  std::vector<std::uint8_t> icc(size);
  if (cmsSaveProfileToMem(profile.get(), icc.data(), &size) == 0) return {};
  // The date in the header (ICC.1, 7.2): pictures get the same bytes at any time.
  constexpr std::size_t kDate = 24;
  constexpr std::array<std::uint8_t, 12> k2000 = {0x07, 0xd0, 0, 1, 0, 1};
  if (icc.size() >= kDate + k2000.size()) std::copy(k2000.begin(), k2000.end(), icc.data() + kDate);
  return icc;
}

}  // namespace lama::internal::codecs
