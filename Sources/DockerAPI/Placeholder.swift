// Model the Engine API's wire types, per version. Removed with the target's first real file.
