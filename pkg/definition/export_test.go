package definition

// SettingKeys lists the keys of "defaults" and files, for the test of their reference.
var SettingKeys = settingKeys
