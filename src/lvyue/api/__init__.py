"""接口: everything that the pages show and do, as JSON over HTTP. A face: it translates and decides nothing."""
