#include "model/infer.h"
