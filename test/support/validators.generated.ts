// @ts-nocheck
// Generated from event-types/ by `npm run generate`. Do not edit.
// "message.posted" 06d1efc3345f
// "order.placed" 4adf3e5d9d01
// "order.shipped" 69e3aee0109c

var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};

// node_modules/ajv/dist/runtime/ucs2length.js
var require_ucs2length = __commonJS({
  "node_modules/ajv/dist/runtime/ucs2length.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    function ucs2length(str) {
      const len = str.length;
      let length = 0;
      let pos = 0;
      let value;
      while (pos < len) {
        length++;
        value = str.charCodeAt(pos++);
        if (value >= 55296 && value <= 56319 && pos < len) {
          value = str.charCodeAt(pos);
          if ((value & 64512) === 56320)
            pos++;
        }
      }
      return length;
    }
    exports.default = ucs2length;
    ucs2length.code = 'require("ajv/dist/runtime/ucs2length").default';
  }
});

// lib/schema/formats.ts
var DATE_LENGTH = "yyyy-mm-dd".length;
var durationTime = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
var durationDate = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)";
var durationPattern = new RegExp(`^P(?:\\d+W|${durationTime}|${durationDate}(?:${durationTime})?)$`);
var hostnamePattern = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;
var MAX_HOSTNAME = 253;
function isHostname(text) {
  return text.length <= MAX_HOSTNAME && hostnamePattern.test(text);
}
var localPartPattern = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
var MAX_LOCAL_PART = 64;
function isEmail(text) {
  const at = text.lastIndexOf("@");
  return at > 0 && at <= MAX_LOCAL_PART && localPartPattern.test(text.slice(0, at)) && isHostname(text.slice(at + 1));
}

// <stdin>
var validators = (() => {
  "use strict";
  const validate0 = validate10;
  function validate10(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (errors === 0) {
      if (data && typeof data == "object" && !Array.isArray(data)) {
        let missing0;
        if (data.id === void 0 && (missing0 = "id") || data.message === void 0 && (missing0 = "message") || data.timestamp === void 0 && (missing0 = "timestamp")) {
          validate10.errors = [{ instancePath, keyword: "required", params: { missingProperty: missing0 }, message: "must have required property '" + missing0 + "'" }];
          return false;
        } else {
          if (data.id !== void 0) {
            let data0 = data.id;
            const _errs1 = errors;
            if (!(typeof data0 == "number" && (!(data0 % 1) && !isNaN(data0)) && isFinite(data0))) {
              validate10.errors = [{ instancePath: instancePath + "/id", keyword: "type", message: "must be integer" }];
              return false;
            }
            if (errors === _errs1) {
              if (typeof data0 == "number" && isFinite(data0)) {
                if (data0 > 9007199254740991 || isNaN(data0)) {
                  validate10.errors = [{ instancePath: instancePath + "/id", keyword: "maximum", message: "must be <= 9007199254740991" }];
                  return false;
                } else {
                  if (data0 < -9007199254740991 || isNaN(data0)) {
                    validate10.errors = [{ instancePath: instancePath + "/id", keyword: "minimum", message: "must be >= -9007199254740991" }];
                    return false;
                  }
                }
              }
            }
            var valid0 = _errs1 === errors;
          } else {
            var valid0 = true;
          }
          if (valid0) {
            if (data.message !== void 0) {
              const _errs3 = errors;
              if (typeof data.message !== "string") {
                validate10.errors = [{ instancePath: instancePath + "/message", keyword: "type", message: "must be string" }];
                return false;
              }
              var valid0 = _errs3 === errors;
            } else {
              var valid0 = true;
            }
            if (valid0) {
              if (data.timestamp !== void 0) {
                let data2 = data.timestamp;
                const _errs5 = errors;
                if (!(typeof data2 == "number" && isFinite(data2))) {
                  validate10.errors = [{ instancePath: instancePath + "/timestamp", keyword: "type", message: "must be number" }];
                  return false;
                }
                var valid0 = _errs5 === errors;
              } else {
                var valid0 = true;
              }
            }
          }
        }
      } else {
        validate10.errors = [{ instancePath, keyword: "type", message: "must be object" }];
        return false;
      }
    }
    validate10.errors = vErrors;
    return errors === 0;
  }
  const validate1 = validate11;
  const func2 = require_ucs2length().default;
  const formats0 = isEmail;
  const pattern0 = new RegExp("^[A-Z]{3}$", "u");
  function validate11(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (errors === 0) {
      if (data && typeof data == "object" && !Array.isArray(data)) {
        let missing0;
        if (data.orderId === void 0 && (missing0 = "orderId") || data.lines === void 0 && (missing0 = "lines") || data.totalCents === void 0 && (missing0 = "totalCents") || data.currency === void 0 && (missing0 = "currency")) {
          validate11.errors = [{ instancePath, keyword: "required", params: { missingProperty: missing0 }, message: "must have required property '" + missing0 + "'" }];
          return false;
        } else {
          if (data.orderId !== void 0) {
            let data0 = data.orderId;
            const _errs1 = errors;
            if (errors === _errs1) {
              if (typeof data0 === "string") {
                if (func2(data0) < 1) {
                  validate11.errors = [{ instancePath: instancePath + "/orderId", keyword: "minLength", message: "must NOT have fewer than 1 characters" }];
                  return false;
                }
              } else {
                validate11.errors = [{ instancePath: instancePath + "/orderId", keyword: "type", message: "must be string" }];
                return false;
              }
            }
            var valid0 = _errs1 === errors;
          } else {
            var valid0 = true;
          }
          if (valid0) {
            if (data.customerEmail !== void 0) {
              let data1 = data.customerEmail;
              const _errs3 = errors;
              if (errors === _errs3) {
                if (errors === _errs3) {
                  if (typeof data1 === "string") {
                    if (!formats0(data1)) {
                      validate11.errors = [{ instancePath: instancePath + "/customerEmail", keyword: "format", message: 'must match format "email"' }];
                      return false;
                    }
                  } else {
                    validate11.errors = [{ instancePath: instancePath + "/customerEmail", keyword: "type", message: "must be string" }];
                    return false;
                  }
                }
              }
              var valid0 = _errs3 === errors;
            } else {
              var valid0 = true;
            }
            if (valid0) {
              if (data.lines !== void 0) {
                let data2 = data.lines;
                const _errs6 = errors;
                if (errors === _errs6) {
                  if (Array.isArray(data2)) {
                    if (data2.length < 1) {
                      validate11.errors = [{ instancePath: instancePath + "/lines", keyword: "minItems", message: "must NOT have fewer than 1 items" }];
                      return false;
                    } else {
                      var valid1 = true;
                      const len0 = data2.length;
                      for (let i0 = 0; i0 < len0; i0++) {
                        let data3 = data2[i0];
                        const _errs8 = errors;
                        if (errors === _errs8) {
                          if (data3 && typeof data3 == "object" && !Array.isArray(data3)) {
                            let missing1;
                            if (data3.sku === void 0 && (missing1 = "sku") || data3.quantity === void 0 && (missing1 = "quantity")) {
                              validate11.errors = [{ instancePath: instancePath + "/lines/" + i0, keyword: "required", params: { missingProperty: missing1 }, message: "must have required property '" + missing1 + "'" }];
                              return false;
                            } else {
                              if (data3.sku !== void 0) {
                                const _errs10 = errors;
                                if (typeof data3.sku !== "string") {
                                  validate11.errors = [{ instancePath: instancePath + "/lines/" + i0 + "/sku", keyword: "type", message: "must be string" }];
                                  return false;
                                }
                                var valid2 = _errs10 === errors;
                              } else {
                                var valid2 = true;
                              }
                              if (valid2) {
                                if (data3.quantity !== void 0) {
                                  let data5 = data3.quantity;
                                  const _errs12 = errors;
                                  if (!(typeof data5 == "number" && (!(data5 % 1) && !isNaN(data5)) && isFinite(data5))) {
                                    validate11.errors = [{ instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "type", message: "must be integer" }];
                                    return false;
                                  }
                                  if (errors === _errs12) {
                                    if (typeof data5 == "number" && isFinite(data5)) {
                                      if (data5 > 9007199254740991 || isNaN(data5)) {
                                        validate11.errors = [{ instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "maximum", message: "must be <= 9007199254740991" }];
                                        return false;
                                      } else {
                                        if (data5 < 1 || isNaN(data5)) {
                                          validate11.errors = [{ instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "minimum", message: "must be >= 1" }];
                                          return false;
                                        }
                                      }
                                    }
                                  }
                                  var valid2 = _errs12 === errors;
                                } else {
                                  var valid2 = true;
                                }
                              }
                            }
                          } else {
                            validate11.errors = [{ instancePath: instancePath + "/lines/" + i0, keyword: "type", message: "must be object" }];
                            return false;
                          }
                        }
                        var valid1 = _errs8 === errors;
                        if (!valid1) {
                          break;
                        }
                      }
                    }
                  } else {
                    validate11.errors = [{ instancePath: instancePath + "/lines", keyword: "type", message: "must be array" }];
                    return false;
                  }
                }
                var valid0 = _errs6 === errors;
              } else {
                var valid0 = true;
              }
              if (valid0) {
                if (data.totalCents !== void 0) {
                  let data6 = data.totalCents;
                  const _errs14 = errors;
                  if (!(typeof data6 == "number" && (!(data6 % 1) && !isNaN(data6)) && isFinite(data6))) {
                    validate11.errors = [{ instancePath: instancePath + "/totalCents", keyword: "type", message: "must be integer" }];
                    return false;
                  }
                  if (errors === _errs14) {
                    if (typeof data6 == "number" && isFinite(data6)) {
                      if (data6 > 9007199254740991 || isNaN(data6)) {
                        validate11.errors = [{ instancePath: instancePath + "/totalCents", keyword: "maximum", message: "must be <= 9007199254740991" }];
                        return false;
                      } else {
                        if (data6 < 0 || isNaN(data6)) {
                          validate11.errors = [{ instancePath: instancePath + "/totalCents", keyword: "minimum", message: "must be >= 0" }];
                          return false;
                        }
                      }
                    }
                  }
                  var valid0 = _errs14 === errors;
                } else {
                  var valid0 = true;
                }
                if (valid0) {
                  if (data.currency !== void 0) {
                    let data7 = data.currency;
                    const _errs16 = errors;
                    if (errors === _errs16) {
                      if (typeof data7 === "string") {
                        if (!pattern0.test(data7)) {
                          validate11.errors = [{ instancePath: instancePath + "/currency", keyword: "pattern", message: 'must match pattern "^[A-Z]{3}$"' }];
                          return false;
                        }
                      } else {
                        validate11.errors = [{ instancePath: instancePath + "/currency", keyword: "type", message: "must be string" }];
                        return false;
                      }
                    }
                    var valid0 = _errs16 === errors;
                  } else {
                    var valid0 = true;
                  }
                  if (valid0) {
                    if (data.voucher !== void 0) {
                      const _errs18 = errors;
                      if (typeof data.voucher !== "string") {
                        validate11.errors = [{ instancePath: instancePath + "/voucher", keyword: "type", message: "must be string" }];
                        return false;
                      }
                      var valid0 = _errs18 === errors;
                    } else {
                      var valid0 = true;
                    }
                  }
                }
              }
            }
          }
        }
      } else {
        validate11.errors = [{ instancePath, keyword: "type", message: "must be object" }];
        return false;
      }
    }
    validate11.errors = vErrors;
    return errors === 0;
  }
  const validate2 = validate12;
  function validate12(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (errors === 0) {
      if (data && typeof data == "object" && !Array.isArray(data)) {
        let missing0;
        if (data.orderId === void 0 && (missing0 = "orderId") || data.carrier === void 0 && (missing0 = "carrier")) {
          validate12.errors = [{ instancePath, keyword: "required", params: { missingProperty: missing0 }, message: "must have required property '" + missing0 + "'" }];
          return false;
        } else {
          if (data.orderId !== void 0) {
            let data0 = data.orderId;
            const _errs1 = errors;
            if (errors === _errs1) {
              if (typeof data0 === "string") {
                if (func2(data0) < 1) {
                  validate12.errors = [{ instancePath: instancePath + "/orderId", keyword: "minLength", message: "must NOT have fewer than 1 characters" }];
                  return false;
                }
              } else {
                validate12.errors = [{ instancePath: instancePath + "/orderId", keyword: "type", message: "must be string" }];
                return false;
              }
            }
            var valid0 = _errs1 === errors;
          } else {
            var valid0 = true;
          }
          if (valid0) {
            if (data.carrier !== void 0) {
              const _errs3 = errors;
              if (typeof data.carrier !== "string") {
                validate12.errors = [{ instancePath: instancePath + "/carrier", keyword: "type", message: "must be string" }];
                return false;
              }
              var valid0 = _errs3 === errors;
            } else {
              var valid0 = true;
            }
            if (valid0) {
              if (data.trackingNumber !== void 0) {
                const _errs5 = errors;
                if (typeof data.trackingNumber !== "string") {
                  validate12.errors = [{ instancePath: instancePath + "/trackingNumber", keyword: "type", message: "must be string" }];
                  return false;
                }
                var valid0 = _errs5 === errors;
              } else {
                var valid0 = true;
              }
            }
          }
        }
      } else {
        validate12.errors = [{ instancePath, keyword: "type", message: "must be object" }];
        return false;
      }
    }
    validate12.errors = vErrors;
    return errors === 0;
  }
  return { "message.posted": validate0, "order.placed": validate1, "order.shipped": validate2 };
})();
var issueFinders = (() => {
  "use strict";
  const validate0 = validate10;
  function validate10(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (data && typeof data == "object" && !Array.isArray(data)) {
      if (data.id === void 0) {
        const err0 = { instancePath, keyword: "required", params: { missingProperty: "id" }, message: "must have required property 'id'" };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
      if (data.message === void 0) {
        const err1 = { instancePath, keyword: "required", params: { missingProperty: "message" }, message: "must have required property 'message'" };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
      if (data.timestamp === void 0) {
        const err2 = { instancePath, keyword: "required", params: { missingProperty: "timestamp" }, message: "must have required property 'timestamp'" };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
      if (data.id !== void 0) {
        let data0 = data.id;
        if (!(typeof data0 == "number" && (!(data0 % 1) && !isNaN(data0)) && isFinite(data0))) {
          const err3 = { instancePath: instancePath + "/id", keyword: "type", message: "must be integer" };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
        if (typeof data0 == "number" && isFinite(data0)) {
          if (data0 > 9007199254740991 || isNaN(data0)) {
            const err4 = { instancePath: instancePath + "/id", keyword: "maximum", message: "must be <= 9007199254740991" };
            if (vErrors === null) {
              vErrors = [err4];
            } else {
              vErrors.push(err4);
            }
            errors++;
          }
          if (data0 < -9007199254740991 || isNaN(data0)) {
            const err5 = { instancePath: instancePath + "/id", keyword: "minimum", message: "must be >= -9007199254740991" };
            if (vErrors === null) {
              vErrors = [err5];
            } else {
              vErrors.push(err5);
            }
            errors++;
          }
        }
      }
      if (data.message !== void 0) {
        if (typeof data.message !== "string") {
          const err6 = { instancePath: instancePath + "/message", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      }
      if (data.timestamp !== void 0) {
        let data2 = data.timestamp;
        if (!(typeof data2 == "number" && isFinite(data2))) {
          const err7 = { instancePath: instancePath + "/timestamp", keyword: "type", message: "must be number" };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      }
    } else {
      const err8 = { instancePath, keyword: "type", message: "must be object" };
      if (vErrors === null) {
        vErrors = [err8];
      } else {
        vErrors.push(err8);
      }
      errors++;
    }
    validate10.errors = vErrors;
    return errors === 0;
  }
  const validate1 = validate11;
  const func2 = require_ucs2length().default;
  const formats0 = isEmail;
  const pattern0 = new RegExp("^[A-Z]{3}$", "u");
  function validate11(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (data && typeof data == "object" && !Array.isArray(data)) {
      if (data.orderId === void 0) {
        const err0 = { instancePath, keyword: "required", params: { missingProperty: "orderId" }, message: "must have required property 'orderId'" };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
      if (data.lines === void 0) {
        const err1 = { instancePath, keyword: "required", params: { missingProperty: "lines" }, message: "must have required property 'lines'" };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
      if (data.totalCents === void 0) {
        const err2 = { instancePath, keyword: "required", params: { missingProperty: "totalCents" }, message: "must have required property 'totalCents'" };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
      if (data.currency === void 0) {
        const err3 = { instancePath, keyword: "required", params: { missingProperty: "currency" }, message: "must have required property 'currency'" };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
      if (data.orderId !== void 0) {
        let data0 = data.orderId;
        if (typeof data0 === "string") {
          if (func2(data0) < 1) {
            const err4 = { instancePath: instancePath + "/orderId", keyword: "minLength", message: "must NOT have fewer than 1 characters" };
            if (vErrors === null) {
              vErrors = [err4];
            } else {
              vErrors.push(err4);
            }
            errors++;
          }
        } else {
          const err5 = { instancePath: instancePath + "/orderId", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      }
      if (data.customerEmail !== void 0) {
        let data1 = data.customerEmail;
        if (typeof data1 === "string") {
          if (!formats0(data1)) {
            const err6 = { instancePath: instancePath + "/customerEmail", keyword: "format", message: 'must match format "email"' };
            if (vErrors === null) {
              vErrors = [err6];
            } else {
              vErrors.push(err6);
            }
            errors++;
          }
        } else {
          const err7 = { instancePath: instancePath + "/customerEmail", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      }
      if (data.lines !== void 0) {
        let data2 = data.lines;
        if (Array.isArray(data2)) {
          if (data2.length < 1) {
            const err8 = { instancePath: instancePath + "/lines", keyword: "minItems", message: "must NOT have fewer than 1 items" };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
          const len0 = data2.length;
          for (let i0 = 0; i0 < len0; i0++) {
            let data3 = data2[i0];
            if (data3 && typeof data3 == "object" && !Array.isArray(data3)) {
              if (data3.sku === void 0) {
                const err9 = { instancePath: instancePath + "/lines/" + i0, keyword: "required", params: { missingProperty: "sku" }, message: "must have required property 'sku'" };
                if (vErrors === null) {
                  vErrors = [err9];
                } else {
                  vErrors.push(err9);
                }
                errors++;
              }
              if (data3.quantity === void 0) {
                const err10 = { instancePath: instancePath + "/lines/" + i0, keyword: "required", params: { missingProperty: "quantity" }, message: "must have required property 'quantity'" };
                if (vErrors === null) {
                  vErrors = [err10];
                } else {
                  vErrors.push(err10);
                }
                errors++;
              }
              if (data3.sku !== void 0) {
                if (typeof data3.sku !== "string") {
                  const err11 = { instancePath: instancePath + "/lines/" + i0 + "/sku", keyword: "type", message: "must be string" };
                  if (vErrors === null) {
                    vErrors = [err11];
                  } else {
                    vErrors.push(err11);
                  }
                  errors++;
                }
              }
              if (data3.quantity !== void 0) {
                let data5 = data3.quantity;
                if (!(typeof data5 == "number" && (!(data5 % 1) && !isNaN(data5)) && isFinite(data5))) {
                  const err12 = { instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "type", message: "must be integer" };
                  if (vErrors === null) {
                    vErrors = [err12];
                  } else {
                    vErrors.push(err12);
                  }
                  errors++;
                }
                if (typeof data5 == "number" && isFinite(data5)) {
                  if (data5 > 9007199254740991 || isNaN(data5)) {
                    const err13 = { instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "maximum", message: "must be <= 9007199254740991" };
                    if (vErrors === null) {
                      vErrors = [err13];
                    } else {
                      vErrors.push(err13);
                    }
                    errors++;
                  }
                  if (data5 < 1 || isNaN(data5)) {
                    const err14 = { instancePath: instancePath + "/lines/" + i0 + "/quantity", keyword: "minimum", message: "must be >= 1" };
                    if (vErrors === null) {
                      vErrors = [err14];
                    } else {
                      vErrors.push(err14);
                    }
                    errors++;
                  }
                }
              }
            } else {
              const err15 = { instancePath: instancePath + "/lines/" + i0, keyword: "type", message: "must be object" };
              if (vErrors === null) {
                vErrors = [err15];
              } else {
                vErrors.push(err15);
              }
              errors++;
            }
          }
        } else {
          const err16 = { instancePath: instancePath + "/lines", keyword: "type", message: "must be array" };
          if (vErrors === null) {
            vErrors = [err16];
          } else {
            vErrors.push(err16);
          }
          errors++;
        }
      }
      if (data.totalCents !== void 0) {
        let data6 = data.totalCents;
        if (!(typeof data6 == "number" && (!(data6 % 1) && !isNaN(data6)) && isFinite(data6))) {
          const err17 = { instancePath: instancePath + "/totalCents", keyword: "type", message: "must be integer" };
          if (vErrors === null) {
            vErrors = [err17];
          } else {
            vErrors.push(err17);
          }
          errors++;
        }
        if (typeof data6 == "number" && isFinite(data6)) {
          if (data6 > 9007199254740991 || isNaN(data6)) {
            const err18 = { instancePath: instancePath + "/totalCents", keyword: "maximum", message: "must be <= 9007199254740991" };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
          if (data6 < 0 || isNaN(data6)) {
            const err19 = { instancePath: instancePath + "/totalCents", keyword: "minimum", message: "must be >= 0" };
            if (vErrors === null) {
              vErrors = [err19];
            } else {
              vErrors.push(err19);
            }
            errors++;
          }
        }
      }
      if (data.currency !== void 0) {
        let data7 = data.currency;
        if (typeof data7 === "string") {
          if (!pattern0.test(data7)) {
            const err20 = { instancePath: instancePath + "/currency", keyword: "pattern", message: 'must match pattern "^[A-Z]{3}$"' };
            if (vErrors === null) {
              vErrors = [err20];
            } else {
              vErrors.push(err20);
            }
            errors++;
          }
        } else {
          const err21 = { instancePath: instancePath + "/currency", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err21];
          } else {
            vErrors.push(err21);
          }
          errors++;
        }
      }
      if (data.voucher !== void 0) {
        if (typeof data.voucher !== "string") {
          const err22 = { instancePath: instancePath + "/voucher", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err22];
          } else {
            vErrors.push(err22);
          }
          errors++;
        }
      }
    } else {
      const err23 = { instancePath, keyword: "type", message: "must be object" };
      if (vErrors === null) {
        vErrors = [err23];
      } else {
        vErrors.push(err23);
      }
      errors++;
    }
    validate11.errors = vErrors;
    return errors === 0;
  }
  const validate2 = validate12;
  function validate12(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
    let vErrors = null;
    let errors = 0;
    if (data && typeof data == "object" && !Array.isArray(data)) {
      if (data.orderId === void 0) {
        const err0 = { instancePath, keyword: "required", params: { missingProperty: "orderId" }, message: "must have required property 'orderId'" };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
      if (data.carrier === void 0) {
        const err1 = { instancePath, keyword: "required", params: { missingProperty: "carrier" }, message: "must have required property 'carrier'" };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
      if (data.orderId !== void 0) {
        let data0 = data.orderId;
        if (typeof data0 === "string") {
          if (func2(data0) < 1) {
            const err2 = { instancePath: instancePath + "/orderId", keyword: "minLength", message: "must NOT have fewer than 1 characters" };
            if (vErrors === null) {
              vErrors = [err2];
            } else {
              vErrors.push(err2);
            }
            errors++;
          }
        } else {
          const err3 = { instancePath: instancePath + "/orderId", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      }
      if (data.carrier !== void 0) {
        if (typeof data.carrier !== "string") {
          const err4 = { instancePath: instancePath + "/carrier", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      }
      if (data.trackingNumber !== void 0) {
        if (typeof data.trackingNumber !== "string") {
          const err5 = { instancePath: instancePath + "/trackingNumber", keyword: "type", message: "must be string" };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      }
    } else {
      const err6 = { instancePath, keyword: "type", message: "must be object" };
      if (vErrors === null) {
        vErrors = [err6];
      } else {
        vErrors.push(err6);
      }
      errors++;
    }
    validate12.errors = vErrors;
    return errors === 0;
  }
  return { "message.posted": validate0, "order.placed": validate1, "order.shipped": validate2 };
})();
export {
  issueFinders,
  validators
};
