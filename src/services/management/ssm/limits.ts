// Quotas and sizes of Parameter Store. @see https://docs.aws.amazon.com/general/latest/gr/ssm.html

/** Standard parameters in a Region. */
export const standardMax = 10_000;
/** Advanced parameters in a Region. */
export const advancedMax = 100_000;
/** Characters of a value, by tier. */
export const standardValueMax = 4_096;
export const advancedValueMax = 8_192;
/** Versions that are kept of a parameter. */
export const versionsMax = 100;
/** Labels of a version. */
export const labelsMax = 10;
/** Levels of a hierarchy. */
export const levelsMax = 15;
/** Characters of a name with the ARN before it. */
export const fullNameMax = 1_011;
/** Policies of a parameter. */
export const policiesMax = 10;
/** Bytes of a document, and versions of one. */
export const documentMaxBytes = 65_536;
export const documentVersionsMax = 1_000;
/** Tags of a resource. */
export const tagsMax = 50;
