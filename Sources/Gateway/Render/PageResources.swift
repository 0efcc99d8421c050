package import Foundation

/// The folder that holds templates, languages and the pages' own static files (`Web`), beside the program.
package enum PageResources {
    package static var folder: URL { Bundle.module.resourceURL ?? Bundle.module.bundleURL }
}
