package door

// FormatEnv is the variable that chooses how berth speaks: text or json.
const FormatEnv = "BERTH_LOG_FORMAT"

// Speaks says whether berth knows a format. None is text; any other that it doesn't know is told of, at every door.
func Speaks(format string) bool { return format == "" || format == "text" || format == "json" }
