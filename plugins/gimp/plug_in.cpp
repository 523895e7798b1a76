// The plug-in as GIMP sees it: its procedure, menu entry, arguments and dialog.
#include <glib/gi18n.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "remove.h"

namespace {

constexpr const char* kProcedure = "plug-in-lama-remove";

void add_arguments(GimpProcedure* procedure) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE);
  gimp_procedure_add_file_argument(
      procedure, "model", _("_Model"),
      _("A model's file; default: the best installed model, else the embedded one"),
      GIMP_FILE_CHOOSER_ACTION_OPEN, TRUE, nullptr, flags);
  gimp_procedure_add_int_argument(procedure, "grow", _("_Grow"),
                                  _("Grow the hole by this many pixels first"), 0, 1000, 5, flags);
  gimp_procedure_add_int_argument(
      procedure, "feather", _("_Feather"),
      _("Also fill this many pixels around the hole, and blend them with the picture"), 0, 1000, 3,
      flags);
  gimp_procedure_add_choice_argument(
      procedure, "strategy", _("Strateg_y"), _("The part of a large layer that the network sees"),
      gimp_choice_new_with_values("auto", 0, _("Automatic"), nullptr, "full", 1,
                                  _("The whole layer"), nullptr, "crop", 2,
                                  _("Surroundings of each hole"), nullptr, "resize", 3,
                                  _("The whole layer, scaled down"), nullptr, nullptr),
      "auto", flags);
  gimp_procedure_add_choice_argument(
      procedure, "detail", _("_Detail"), _("Add fine detail from the surroundings to the fill"),
      gimp_choice_new_with_values("auto", 0, _("Automatic"), nullptr, "off", 1, _("Off"), nullptr,
                                  "on", 2, _("On"), nullptr, nullptr),
      "auto", flags);
  gimp_procedure_add_choice_argument(
      procedure, "match", _("M_atch"), _("Correct the fill's shade by the surroundings"),
      gimp_choice_new_with_values("auto", 0, _("Automatic"), nullptr, "off", 1, _("Off"), nullptr,
                                  nullptr),
      "auto", flags);
  gimp_procedure_add_boolean_argument(procedure, "new-layer", _("On a _new layer"),
                                      _("Keep the layer, and put the fill above it"), FALSE, flags);
}

bool run_dialog(GimpProcedure* procedure, GimpProcedureConfig* config) {
  gimp_ui_init("lama-remove");
  GtkWidget* const dialog = gimp_procedure_dialog_new(procedure, config, _("Remove with LaMa"));
  gimp_procedure_dialog_set_ok_label(GIMP_PROCEDURE_DIALOG(dialog), _("Remo_ve"));
  gimp_procedure_dialog_fill(GIMP_PROCEDURE_DIALOG(dialog), nullptr);
  const bool confirmed = gimp_procedure_dialog_run(GIMP_PROCEDURE_DIALOG(dialog)) != 0;
  gtk_widget_destroy(dialog);
  return confirmed;
}

std::optional<std::filesystem::path> model_of(GimpProcedureConfig* config) {
  GFile* file = nullptr;
  g_object_get(config, "model", &file, nullptr);
  if (file == nullptr) return std::nullopt;
  const std::unique_ptr<char, decltype(&g_free)> path(g_file_get_path(file), g_free);
  g_object_unref(file);
  if (!path)
    throw std::runtime_error(_("The model must be on this machine's disk: copy it there."));
  return path.get();
}

lama::Options options_of(GimpProcedureConfig* config) {
  lama::Options options;
  int grow = 0, feather = 0;
  g_object_get(config, "grow", &grow, "feather", &feather, nullptr);
  options.dilate = grow;
  options.feather = feather;
  options.strategy =
      static_cast<lama::Options::Strategy>(gimp_procedure_config_get_choice_id(config, "strategy"));
  options.detail =
      static_cast<lama::Options::Detail>(gimp_procedure_config_get_choice_id(config, "detail"));
  options.match =
      static_cast<lama::Options::Match>(gimp_procedure_config_get_choice_id(config, "match"));
  // GIMP ends this process when the user cancels. Nothing has changed then.
  options.progress = [](double done) {
    gimp_progress_update(done);
    return true;
  };
  return options;
}

GimpValueArray* run(GimpProcedure* procedure, GimpRunMode mode, GimpImage* image,
                    GimpDrawable** drawables, GimpProcedureConfig* config, gpointer /*data*/) {
  gegl_init(nullptr, nullptr);
  const auto failed = [procedure](const char* text) {
    return gimp_procedure_new_return_values(procedure, GIMP_PDB_EXECUTION_ERROR,
                                            g_error_new_literal(GIMP_PLUG_IN_ERROR, 0, text));
  };
  if (gimp_core_object_array_get_length(reinterpret_cast<GObject**>(drawables)) != 1) {
    return failed(_("Choose one layer, mask or channel."));
  }
  if (mode == GIMP_RUN_INTERACTIVE && !run_dialog(procedure, config)) {
    return gimp_procedure_new_return_values(procedure, GIMP_PDB_CANCEL, nullptr);
  }
  try {
    gboolean new_layer = FALSE;
    g_object_get(config, "new-layer", &new_layer, nullptr);
    gimp_progress_init(_("Removing the selected object"));
    lama_gimp::remove_selection(
        image, drawables[0], model_of(config), options_of(config),
        new_layer ? lama_gimp::Target::new_layer : lama_gimp::Target::drawable);
  } catch (const std::bad_alloc&) {
    return failed(_("There is not enough memory."));
  } catch (const std::exception& error) {
    return failed(error.what());
  }
  gimp_displays_flush();
  return gimp_procedure_new_return_values(procedure, GIMP_PDB_SUCCESS, nullptr);
}

GimpProcedure* create_procedure(GimpPlugIn* plug_in, const gchar* name) {
  GimpProcedure* const procedure =
      gimp_image_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, nullptr, nullptr);
  gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
  gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  gimp_procedure_set_menu_label(procedure, _("Remove with _LaMa..."));
  gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Enhance");
  gimp_procedure_set_documentation(
      procedure, _("Removes the selected object from a picture"),
      _("Fills the selection to match its surroundings (large-mask inpainting, LaMa)."), nullptr);
  gimp_procedure_set_attribution(procedure, "lama", "Apache-2.0", "2026");
  add_arguments(procedure);
  return procedure;
}

GList* query_procedures(GimpPlugIn* /*plug_in*/) {
  return g_list_append(nullptr, g_strdup(kProcedure));
}

}  // namespace

// What GIMP_MAIN needs: a class derived from GimpPlugIn.
struct LamaPlugIn {
  GimpPlugIn parent;
};
struct LamaPlugInClass {
  GimpPlugInClass parent;
};
G_DEFINE_TYPE(LamaPlugIn, lama_plug_in, GIMP_TYPE_PLUG_IN)

static void lama_plug_in_class_init(LamaPlugInClass* type) {
  type->parent.query_procedures = query_procedures;
  type->parent.create_procedure = create_procedure;
}
static void lama_plug_in_init(LamaPlugIn* /*plug_in*/) {}

GIMP_MAIN(lama_plug_in_get_type())
