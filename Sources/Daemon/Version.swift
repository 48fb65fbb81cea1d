/// The release, as `anchord version` prints it and the status topic says it.
package let version = "0.1.0"
